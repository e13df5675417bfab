//! The stories that every engine must tell alike, on two engines that share
//! nothing but the files.

use store::conformance::{World, catalogue};
use store_sqlite::{Options, SqliteEngine};

async fn world() -> World {
    let folder = tempfile::tempdir().unwrap();
    let open = || {
        let data_dir = folder.path().to_owned();
        SqliteEngine::open(Options {
            data_dir,
            catalogue: catalogue(),
            open_files: 8,
        })
        .unwrap()
    };
    World::new(open(), open(), folder)
}

store::conformance_tests!(crate::conformance::world);

/// Fails on an answer that differs from the model's, and on an outcome that
/// never came about.
#[tokio::test(flavor = "multi_thread")]
async fn random_operations_answer_like_the_plain_model() {
    store::conformance::compare(&world().await, 0..8, 300)
        .await
        .report("SQLite");
}
