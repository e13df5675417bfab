use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Signal that stops all clients of a load from starting new operations.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Stops the clients.
    pub fn now(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Returns whether the clients are stopped.
    #[must_use]
    pub fn told(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
