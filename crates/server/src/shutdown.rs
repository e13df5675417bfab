//! Phases of the graceful shutdown.

use tokio::sync::watch;

/// Progress of the shutdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ShutdownPhase {
    /// The server serves.
    Running,
    /// No new connections are accepted; open requests may finish.
    Draining,
    /// Open requests are aborted.
    Aborting,
}

/// Receiver of the shutdown phase.
#[derive(Debug, Clone)]
pub struct Shutdown(watch::Receiver<ShutdownPhase>);

impl Shutdown {
    /// Creates the sender of the phase and a receiver.
    pub fn channel() -> (watch::Sender<ShutdownPhase>, Self) {
        let (sender, receiver) = watch::channel(ShutdownPhase::Running);
        (sender, Self(receiver))
    }

    /// Waits until the shutdown has reached the phase. A dropped sender counts as that.
    pub async fn reached(&mut self, phase: ShutdownPhase) {
        let _ = self.0.wait_for(|now| *now >= phase).await;
    }
}
