//! Quotas of a user under concurrent writes, on both engines.
//!
//! No quota is exceeded, and each count equals the number of entries.
//!
//! Verified to fail if counts are incremented without a limit, and if an erasure leaves them
//! unchanged.

mod filled;
mod recounted;

use std::sync::Arc;

use base::{Context, TenantId};
use store::{Engine, Isolation, Store};

use crate::on_both::{on_mongodb, on_sqlite};

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_hold_on_sqlite() {
    on_sqlite(stories).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn bounds_hold_on_mongodb() {
    on_mongodb(stories).await;
}

async fn stories(engine: Arc<dyn Engine>) {
    let store = Store::new(engine, Context::system());
    let tenant = || {
        store.tenant(
            TenantId::new(store.context().new_object_id()),
            Isolation::Shared,
        )
    };
    filled::no_bound_is_passed(&tenant()).await;
    recounted::counts_are_what_there_is(&tenant()).await;
}

/// Retries while the operation conflicts with concurrent writers.
async fn until_answered<T>(ask: impl AsyncFn() -> base::Result<T>) -> base::Result<T> {
    loop {
        match ask().await {
            Err(failure) if failure.code == base::ErrorCode::Unavailable => {
                tokio::task::yield_now().await;
            }
            answer => return answer,
        }
    }
}
