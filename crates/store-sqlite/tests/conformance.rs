//! The stories that every engine must tell alike, on two engines that share
//! nothing but the files.

use store::proof::{World, catalogue};
use store_sqlite::{Options, SqliteEngine};

#[expect(clippy::unwrap_used, reason = "a world of a test, made as the stories expect it")]
async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let data_dir = folder.path().to_owned();
        SqliteEngine::open(Options { data_dir, catalogue: catalogue(), open_files: 8 }).unwrap()
    };
    World::new(open(), open(), folder)
}

store::conformance_tests!(crate::world);
