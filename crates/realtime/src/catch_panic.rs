//! Steps of tasks that must outlive them.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Runs one step of a task that others depend on. A panic, which is told where
/// it happens, ends that step alone. Says whether the step came to its end.
pub(crate) async fn contained(step: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(step).catch_unwind().await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn a_panic_is_of_one_step() {
        assert!(!contained(async { panic!("planted") }).await);
        assert!(contained(async {}).await);
    }
}
