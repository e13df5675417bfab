use std::convert::Infallible;
use std::future::Future;

use quick_cache::sync::Cache;
use store::{Partition, ReadError};

/// Maximum number of remembered partitions; an evicted one is only checked again.
const PLACES: usize = 20_000;

/// Results of preparing partitions. A failure is kept only until the callers that waited for it
/// have received it.
type Table = Cache<Partition, Result<(), ReadError>>;

/// Partitions that this process has prepared, so that concurrent callers migrate each only once.
#[derive(Debug)]
pub(crate) struct Touched {
    readable: Table,
    writable: Table,
}

impl Default for Touched {
    fn default() -> Self {
        Self {
            readable: Cache::new(PLACES),
            writable: Cache::new(PLACES),
        }
    }
}

impl Touched {
    /// Waits until the partition is ready for reading.
    pub(crate) async fn before_reading(
        &self,
        partition: Partition,
        prepare: impl Future<Output = Result<(), ReadError>>,
    ) -> Result<(), ReadError> {
        if self.is_writable(partition) {
            return Ok(());
        }
        once(&self.readable, partition, prepare).await
    }

    /// Waits until the partition has every collection and index that a write may need.
    pub(crate) async fn before_writing(
        &self,
        partition: Partition,
        prepare: impl Future<Output = Result<(), ReadError>>,
    ) -> Result<(), ReadError> {
        once(&self.writable, partition, prepare).await
    }

    fn is_writable(&self, partition: Partition) -> bool {
        self.writable
            .get(&partition)
            .is_some_and(|done| done.is_ok())
    }

    /// Forgets a partition whose schema has changed, so that the next access checks it again.
    pub(crate) fn forget(&self, partition: Partition) {
        self.readable.remove(&partition);
        self.writable.remove(&partition);
    }
}

/// Prepares a partition unless it is ready. Concurrent callers wait for the same attempt and get
/// its result.
async fn once(
    table: &Table,
    partition: Partition,
    prepare: impl Future<Output = Result<(), ReadError>>,
) -> Result<(), ReadError> {
    if let Some(Ok(())) = table.get(&partition) {
        return Ok(());
    }
    let prepare = Box::pin(prepare);
    let Ok(done) = table
        .get_or_insert_async(&partition, async { Ok::<_, Infallible>(prepare.await) })
        .await;
    if done.is_err() {
        table.remove_if(&partition, Result::is_err);
    }
    done
}
