//! No bound of what a user has is passed by those who race, and what is
//! counted is what there is: on both engines.
//!
//! Seen to fail with counts that are raised without a bound, and with ones
//! that an erase leaves as they were.

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

/// Asks again while others are in the way.
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
