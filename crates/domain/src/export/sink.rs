use std::io::{Result, Write};
use std::sync::Arc;

use parking_lot::Mutex;

/// Where the archive's bytes wait to be handed on.
#[derive(Debug, Clone, Default)]
pub(super) struct Sink(Arc<Mutex<Vec<u8>>>);

impl Sink {
    /// What was written since the last time, once it is worth handing on.
    pub(super) fn take(&self, least: usize) -> Option<Vec<u8>> {
        let mut waiting = self.0.lock();
        (waiting.len() >= least.max(1)).then(|| std::mem::take(&mut *waiting))
    }
}

impl Write for Sink {
    fn write(&mut self, bytes: &[u8]) -> Result<usize> {
        self.0.lock().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> Result<()> {
        Ok(())
    }
}
