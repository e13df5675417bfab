use std::future::Future;

use quick_cache::sync::Cache;
use store::{Place, ReadError};

/// Places that are remembered; a forgotten one is only looked at again.
const PLACES: usize = 20_000;

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
        if self.readable.get(&place).or_else(|| self.writable.get(&place)).is_some() {
            return Ok(());
        }
        self.readable.get_or_insert_async(&place, Box::pin(prepare)).await
    }

    /// Sees to it that the place has everything a write may need.
    pub(crate) async fn before_writing(
        &self,
        place: Place,
        prepare: impl Future<Output = Result<(), ReadError>>,
    ) -> Result<(), ReadError> {
        if self.writable.get(&place).is_some() {
            return Ok(());
        }
        self.writable.get_or_insert_async(&place, Box::pin(prepare)).await
    }

    /// The place is not as it was left: looks again at the next touch.
    pub(crate) fn forget(&self, place: Place) {
        self.readable.remove(&place);
        self.writable.remove(&place);
    }
}
