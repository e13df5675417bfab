//! The file that is processed, as its owner stores it.

use std::io;

use async_trait::async_trait;
use bytes::Bytes;

/// A file that is read by ranges.
///
/// An implementation has its own timeouts; [`crate::WorkerOptions::source_time`] is a last
/// resort.
#[async_trait]
pub trait Source: Send + Sync {
    /// Returns the size in bytes.
    fn size(&self) -> u64;

    /// Returns `length` bytes from `offset`, fewer only at the end of the file.
    async fn read(&self, offset: u64, length: usize) -> io::Result<Bytes>;
}

#[async_trait]
impl Source for Bytes {
    fn size(&self) -> u64 {
        self.len() as u64
    }

    async fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let start = usize::try_from(offset).map_or(self.len(), |start| start.min(self.len()));
        let end = start.saturating_add(length).min(self.len());
        Ok(self.slice(start..end))
    }
}
