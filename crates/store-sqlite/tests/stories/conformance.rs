//! Conformance tests on two engines that share only the files.

use store_conformance::{World, catalogue};
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

store_conformance::conformance_tests!(crate::conformance::world);

/// Fails if a result differs from that of the model, and if an expected outcome never occurs.
#[tokio::test(flavor = "multi_thread")]
async fn random_operations_answer_like_the_plain_model() {
    store_conformance::compare(&world().await, 0..8, 300)
        .await
        .report("SQLite");
}
