use std::env;
use std::path::{Path, PathBuf};

/// Returns the path of the `caas` binary: `CAAS_BIN`, or the one next to this test.
///
/// # Panics
/// Panics if the binary does not exist. The message names the command that builds it.
#[must_use]
pub fn binary() -> PathBuf {
    let found = env::var_os("CAAS_BIN")
        .map(PathBuf::from)
        .or_else(next_to_this_test);
    found
        .filter(|path| path.is_file())
        .expect("no caas to test: run `cargo build -p server --features fault-injection` first")
}

/// Returns the binary one directory above the test, which runs in `target/<profile>/deps`.
fn next_to_this_test() -> Option<PathBuf> {
    let test = env::current_exe().ok()?;
    test.ancestors()
        .skip(1)
        .take(2)
        .map(|folder: &Path| folder.join("caas"))
        .find(|path| path.is_file())
}
