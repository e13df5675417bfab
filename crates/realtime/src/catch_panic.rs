//! Panic isolation for background tasks.

use std::future::Future;
use std::panic::AssertUnwindSafe;

use futures_util::FutureExt;

/// Runs one step of a long-lived task. A panic ends only that step; the panic hook
/// reports it. Returns whether the step completed.
pub(crate) async fn catch_panic(step: impl Future<Output = ()>) -> bool {
    AssertUnwindSafe(step).catch_unwind().await.is_ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[tokio::test]
    async fn panic_ends_only_its_step() {
        assert!(!catch_panic(async { panic!("injected") }).await);
        assert!(catch_panic(async {}).await);
    }
}
