use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::refusal::Refusal;

/// SIGTERM and SIGINT, which end the server gracefully from the moment on
/// that this value is made.
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
}

/// SIGHUP, which ends no server from the moment on that this value is made.
pub struct Hangups(Signal);

impl Hangups {
    /// Begins to listen.
    ///
    /// # Errors
    /// A sentence when the process cannot.
    pub fn listen() -> Result<Self, Refusal> {
        let deaf = |error| Refusal::new("The process cannot listen for signals").caused_by(error);
        signal(SignalKind::hangup()).map(Self).map_err(deaf)
    }

    /// Waits for the next one.
    pub async fn next(&mut self) {
        if self.0.recv().await.is_none() {
            std::future::pending::<()>().await;
        }
    }
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
        Ok(Self {
            terminate,
            interrupt,
        })
    }

    /// Waits for the first of them.
    pub async fn stop(mut self) {
        tokio::select! { _ = self.terminate.recv() => {}, _ = self.interrupt.recv() => {} }
    }
}
