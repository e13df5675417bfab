use std::future::Future;
use std::sync::Arc;

use moka::future::Cache;
use store::{Place, ReadError};

/// Places that are remembered; a forgotten one is only looked at again.
const PLACES: u64 = 20_000;

/// Which places this process has seen, so that each is brought to the
/// declarations once, however many ask at the same time.
#[derive(Debug)]
pub(crate) struct Touched {
    readable: Cache<Place, ()>,
    writable: Cache<Place, ()>,
}

impl Default for Touched {
    fn default() -> Self {
        Self { readable: Cache::new(PLACES), writable: Cache::new(PLACES) }
    }
}

impl Touched {
    /// Sees to it that the place can be read.
    pub(crate) async fn before_reading(
        &self,
        place: Place,
        prepare: impl Future<Output = Result<(), ReadError>>,
    ) -> Result<(), ReadError> {
        if self.writable.contains_key(&place) {
            return Ok(());
        }
        self.readable.try_get_with(place, Box::pin(prepare)).await.map_err(shared)
    }

    /// Sees to it that the place has everything a write may need.
    pub(crate) async fn before_writing(
        &self,
        place: Place,
        prepare: impl Future<Output = Result<(), ReadError>>,
    ) -> Result<(), ReadError> {
        if self.writable.contains_key(&place) {
            return Ok(());
        }
        self.writable.try_get_with(place, Box::pin(prepare)).await.map_err(shared)
    }

    /// The place is not as it was left: looks again at the next touch.
    pub(crate) async fn forget(&self, place: Place) {
        self.readable.invalidate(&place).await;
        self.writable.invalidate(&place).await;
    }
}

fn shared(error: Arc<ReadError>) -> ReadError {
    ReadError::clone(&error)
}
