use std::convert::Infallible;
use std::future::Future;

use quick_cache::sync::Cache;
use store::{Partition, ReadError};

/// Places that are remembered; a forgotten one is only looked at again.
const PLACES: usize = 20_000;

/// Places and what became of preparing them; a failure only stands until those
/// who waited for it are told.
type Table = Cache<Partition, Result<(), ReadError>>;

/// Which places this process has seen, so that each is brought to the
/// declarations once, however many ask at the same time.
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
    /// Sees to it that the place can be read.
    pub(crate) async fn before_reading(
        &self,
        place: Partition,
        prepare: impl Future<Output = Result<(), ReadError>>,
    ) -> Result<(), ReadError> {
        if self.is_writable(place) {
            return Ok(());
        }
        once(&self.readable, place, prepare).await
    }

    /// Sees to it that the place has everything a write may need.
    pub(crate) async fn before_writing(
        &self,
        place: Partition,
        prepare: impl Future<Output = Result<(), ReadError>>,
    ) -> Result<(), ReadError> {
        once(&self.writable, place, prepare).await
    }

    fn is_writable(&self, place: Partition) -> bool {
        self.writable.get(&place).is_some_and(|done| done.is_ok())
    }

    /// The place is not as it was left: looks again at the next touch.
    pub(crate) fn forget(&self, place: Partition) {
        self.readable.remove(&place);
        self.writable.remove(&place);
    }
}

/// Prepares a place unless it is prepared. Whoever comes meanwhile waits for
/// the same try and is told the same.
async fn once(
    table: &Table,
    place: Partition,
    prepare: impl Future<Output = Result<(), ReadError>>,
) -> Result<(), ReadError> {
    if let Some(Ok(())) = table.get(&place) {
        return Ok(());
    }
    let prepare = Box::pin(prepare);
    let Ok(done) = table
        .get_or_insert_async(&place, async { Ok::<_, Infallible>(prepare.await) })
        .await;
    if done.is_err() {
        table.remove_if(&place, Result::is_err);
    }
    done
}
