use std::future::Future;
use std::pin::Pin;

/// What a session does beside reading and writing, if it does something.
#[derive(Default)]
pub(super) struct InFlight(Option<Pin<Box<dyn Future<Output = ()> + Send>>>);

impl InFlight {
    pub(super) fn begin(&mut self, work: impl Future<Output = ()> + Send + 'static) {
        self.0 = Some(Box::pin(work));
    }

    pub(super) fn is_busy(&self) -> bool {
        self.0.is_some()
    }

    /// Waits until it is done. Dropping the future only pauses it.
    pub(super) async fn done(&mut self) {
        if let Some(work) = &mut self.0 {
            work.await;
            self.0 = None;
        }
    }
}
