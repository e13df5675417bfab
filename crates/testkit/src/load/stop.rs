use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// Tells all clients of a load to begin nothing new.
#[derive(Debug, Clone, Default)]
pub struct Stop(Arc<AtomicBool>);

impl Stop {
    /// Tells them.
    pub fn now(&self) {
        self.0.store(true, Ordering::SeqCst);
    }

    /// Whether they were told.
    #[must_use]
    pub fn told(&self) -> bool {
        self.0.load(Ordering::SeqCst)
    }
}
