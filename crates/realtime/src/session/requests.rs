use std::collections::VecDeque;
use std::future::Future;
use std::pin::Pin;
use std::sync::Arc;

use wire::frames::{Received, receive};

use super::answer::answer;
use crate::connection::Connection;
use crate::hub::Hub;

/// Frames of one client that may wait to be answered; beyond it nothing more is read.
const WAITING: usize = 32;

/// The frames of one client, answered one after the other, so that its
/// messages keep their order.
pub(super) struct Requests {
    hub: Hub,
    connection: Arc<Connection>,
    waiting: VecDeque<Received>,
    current: Option<Pin<Box<dyn Future<Output = ()> + Send>>>,
}

impl Requests {
    pub(super) fn new(hub: Hub, connection: Arc<Connection>) -> Self {
        Self { hub, connection, waiting: VecDeque::new(), current: None }
    }

    /// Takes a frame in.
    pub(super) fn take(&mut self, text: &[u8]) {
        self.waiting.push_back(receive(text));
        self.begin();
    }

    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < WAITING
    }

    pub(super) fn is_busy(&self) -> bool {
        self.current.is_some()
    }

    /// Waits until the present frame is answered. Dropping the future only pauses it.
    pub(super) async fn progress(&mut self) {
        if let Some(current) = &mut self.current {
            current.await;
            self.current = None;
        }
        self.begin();
    }

    fn begin(&mut self) {
        if self.current.is_none()
            && let Some(received) = self.waiting.pop_front()
        {
            self.current = Some(Box::pin(answer(self.hub.clone(), Arc::clone(&self.connection), received)));
        }
    }
}
