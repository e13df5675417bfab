use std::sync::Arc;

use store::Engine;
use store_mongo::MongoEngine;
use store_sqlite::SqliteEngine;
use testkit::server::Namespace;

/// Runs a test on the embedded engine, in a directory of its own.
pub async fn on_sqlite(story: impl AsyncFnOnce(Arc<dyn Engine>)) {
    let folder = tempfile::tempdir().unwrap();
    let data_dir = folder.path().to_owned();
    let catalogue = domain::catalogue();
    let options = store_sqlite::Options {
        data_dir,
        catalogue,
        open_files: 16,
    };
    story(SqliteEngine::open(options).unwrap()).await;
}

/// Runs a test on a replica set, in databases of its own, if the test run covers `MongoDB`.
pub async fn on_mongodb(story: impl AsyncFnOnce(Arc<dyn Engine>)) {
    if !testkit::Engine::MongoDb.covered() {
        return;
    }
    let namespace = Namespace::shared().await;
    let options = store_mongo::Options {
        prefix: namespace.prefix().to_owned(),
        watch: false,
        ..store_mongo::Options::new(namespace.uri(), domain::catalogue())
    };
    story(MongoEngine::connect(options).await.unwrap()).await;
    namespace.clear().await;
}
