use tokio::signal::unix::{SignalKind, signal};

use crate::refusal::Refusal;

/// Waits for SIGTERM or SIGINT.
///
/// # Errors
/// A sentence when the process cannot listen for signals.
pub async fn stop() -> Result<(), Refusal> {
    let deaf = |error| Refusal::new("The process cannot listen for signals").caused_by(error);
    let mut terminate = signal(SignalKind::terminate()).map_err(deaf)?;
    let mut interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
    tokio::select! { _ = terminate.recv() => {}, _ = interrupt.recv() => {} }
    Ok(())
}
