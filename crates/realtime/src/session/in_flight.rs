use std::future::Future;
use std::pin::Pin;

/// The request that a session is handling, if any.
#[derive(Default)]
pub(super) struct InFlight(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl InFlight {
    pub(super) fn begin(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.0 = Some(Box::pin(work));
    }

    pub(super) fn is_busy(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until the request is complete. Dropping the future only pauses it.
    pub(super) async fn finish(&mut self) {
        if let Some(work) = &mut self.0 {
            work.await;
            self.0 = None;
        }
    }
}
