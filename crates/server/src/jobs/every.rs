use std::error::Error;
use std::time::Duration;

use base::Result;

use crate::listen::{Phase, Phases};

/// Runs a job at once and then after each period until the stop begins. A
/// round that failed is logged; the next one tries again.
pub async fn every<F: Future<Output = Result<()>>>(
    name: &'static str,
    period: Duration,
    mut phases: Phases,
    job: impl Fn() -> F,
) {
    loop {
        tokio::select! {
            () = phases.reached(Phase::Draining) => return,
            outcome = job() => if let Err(failure) = outcome {
                tracing::warn!(job = name, error = &failure as &dyn Error, "a job failed");
            }
        }
        tokio::select! {
            () = phases.reached(Phase::Draining) => return,
            () = tokio::time::sleep(period) => {}
        }
    }
}
