use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::refusal::Refusal;

/// SIGTERM and SIGINT, which end the server gracefully from the moment on
/// that this value is made.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

impl Signals {
    /// Begins to listen.
    ///
    /// # Errors
    /// A sentence when the process cannot.
    pub fn listen() -> Result<Self, Refusal> {
        let deaf = |error| Refusal::new("The process cannot listen for signals").caused_by(error);
        let terminate = signal(SignalKind::terminate()).map_err(deaf)?;
        let interrupt = signal(SignalKind::interrupt()).map_err(deaf)?;
        Ok(Self { terminate, interrupt })
    }

    /// Waits for the first of them.
    pub async fn stop(mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}
