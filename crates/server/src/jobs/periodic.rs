use std::error::Error;
use std::time::Duration;

use base::Result;

use crate::shutdown::{Shutdown, ShutdownPhase};

/// Runs a job immediately and then after each period until the shutdown begins.
/// A run that fails is logged; the next one retries.
pub async fn periodic<F: Future<Output = Result<()>>>(
    name: &'static str,
    period: Duration,
    mut shutdown: Shutdown,
    job: impl Fn() -> F,
) {
    loop {
        tokio::select! {
            () = shutdown.reached(ShutdownPhase::Draining) => return,
            outcome = job() => if let Err(error) = outcome {
                tracing::warn!(job = name, error = &error as &dyn Error, "job failed");
            }
        }
        tokio::select! {
            () = shutdown.reached(ShutdownPhase::Draining) => return,
            () = tokio::time::sleep(period) => {}
        }
    }
}
