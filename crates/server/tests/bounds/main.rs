//! No bound of what a user has is passed by those who race, and what is
//! counted is what there is: on both engines.
//!
//! Seen to fail with counts that are raised without a bound, and with ones
//! that an erase leaves as they were.
#![expect(clippy::unwrap_used, reason = "a story stops where it goes wrong")]

mod filled;
mod recounted;

use std::sync::Arc;

use base::{Context, ExternalId, Id, TenantId};
use domain::users::{NewUser, User, UserChanges, upsert};
use store::{Engine, Isolation, Store, Tenant};
use store_mongo::MongoEngine;
use store_sqlite::SqliteEngine;
use testkit::server::Namespace;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_hold_on_sqlite() {
    let folder = tempfile::tempdir().unwrap();
    let (data_dir, catalogue) = (folder.path().to_owned(), domain::catalogue());
    stories(SqliteEngine::open(store_sqlite::Options { data_dir, catalogue, open_files: 16 }).unwrap()).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_hold_on_mongodb() {
    if !testkit::Engine::MongoDb.covered() {
        return;
    }
    let namespace = Namespace::shared().await;
    let options = store_mongo::Options {
        prefix: namespace.prefix().to_owned(),
        watch: false,
        ..store_mongo::Options::new(namespace.uri(), domain::catalogue())
    };
    stories(MongoEngine::connect(options).await.unwrap()).await;
    namespace.clear().await;
}

async fn stories(engine: Arc<dyn Engine>) {
    let store = Store::new(engine, Context::system());
    let tenant = || store.tenant(TenantId::new(store.context().new_object_id()), Isolation::Shared);
    filled::no_bound_is_passed(&tenant()).await;
    recounted::counts_are_what_there_is(&tenant()).await;
}

async fn person(tenant: &Tenant, name: &str) -> Id<User> {
    let external_id: ExternalId = name.parse().unwrap();
    upsert(tenant, NewUser { external_id, changes: UserChanges::default() }).await.unwrap().user.id
}

/// Asks again while others are in the way.
async fn until_answered<T>(ask: impl AsyncFn() -> base::Result<T>) -> base::Result<T> {
    loop {
        match ask().await {
            Err(failure) if failure.code == base::Code::Unavailable => tokio::task::yield_now().await,
            answer => return answer,
        }
    }
}
