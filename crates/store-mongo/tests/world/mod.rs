//! One replica set for all tests of a process, and fresh names in it for each.
#![expect(clippy::unwrap_used, reason = "a world of a test stops the test when it cannot be made")]

use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};

use store::Declaration;
use store_mongo::{MongoEngine, Options};
use testkit::mongod::ReplicaSet;
use tokio::sync::OnceCell;

static SET: OnceCell<ReplicaSet> = OnceCell::const_new();
static WORLDS: AtomicU32 = AtomicU32::new(0);

/// What the databases of a fresh world begin with.
pub fn prefix() -> String {
    format!("world{}", WORLDS.fetch_add(1, Ordering::Relaxed))
}

/// An engine over the world's databases.
pub async fn connect(prefix: &str, catalogue: Vec<&'static Declaration>) -> Arc<MongoEngine> {
    let set = SET.get_or_try_init(|| ReplicaSet::start(1)).await.unwrap();
    let options = Options { prefix: prefix.to_owned(), ..Options::new(set.uri(), catalogue) };
    MongoEngine::connect(options).await.unwrap()
}
