use std::env;
use std::path::{Path, PathBuf};

/// The `caas` to test: the one that `CAAS_BIN` names, else the one next to this test.
///
/// # Panics
/// When there is none, with the command that builds it.
#[must_use]
pub fn binary() -> PathBuf {
    let found = env::var_os("CAAS_BIN")
        .map(PathBuf::from)
        .or_else(next_to_this_test);
    found
        .filter(|path| path.is_file())
        .expect("no caas to test: run `cargo build -p server --features planted` first")
}

/// Tests run in `target/<profile>/deps`, the binary is one directory above.
fn next_to_this_test() -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    test.ancestors()
        .skip(1)
        .take(2)
        .map(|folder: &Path| folder.join("caas"))
        .find(|path| path.is_file())
}
