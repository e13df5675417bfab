use std::collections::VecDeque;
use std::sync::Arc;

use base::Named;
use domain::messaging::Conversation;
use wire::NewMessage;
use wire::frames::{ClientFrame, Received, Send, receive};

use super::answer::{answer, send_each};
use super::pace;
use super::underway::Underway;
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
    current: Underway,
}

impl Requests {
    pub(super) fn new(hub: Hub, connection: Arc<Connection>) -> Self {
        Self { hub, connection, waiting: VecDeque::new(), current: Underway::default() }
    }

    pub(super) const fn hub(&self) -> &Hub {
        &self.hub
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
        self.current.is_busy()
    }

    /// Waits until the present frame is answered. Dropping the future only pauses it.
    pub(super) async fn progress(&mut self) {
        self.current.done().await;
        self.begin();
    }

    fn begin(&mut self) {
        if self.current.is_busy() {
            return;
        }
        let Some(Received { reference, frame }) = self.waiting.pop_front() else { return };
        let (hub, connection) = (self.hub.clone(), Arc::clone(&self.connection));
        match frame {
            Ok(ClientFrame::Send(first)) => {
                let Send { conversation_id, message } = *first;
                let (mut messages, at_once) = (vec![(reference, message)], pace::admits(&hub, &connection));
                while at_once && let Some(next) = self.next_to(&conversation_id) {
                    messages.push(next);
                }
                self.current.begin(async move {
                    if !at_once {
                        pace::admitted(&hub, &connection).await;
                    }
                    send_each(hub, connection, conversation_id, messages).await;
                });
            }
            frame => self.current.begin(answer(hub, connection, Received { reference, frame })),
        }
    }

    /// The frame that waits next, if it is a message to this conversation too
    /// that may be sent now: those are sent together.
    fn next_to(&mut self, conversation: &Named<Conversation>) -> Option<(Option<String>, NewMessage)> {
        let is_next = |next: &mut Received| match (&next.frame, conversation) {
            (Ok(ClientFrame::Send(send)), Named::Id(id)) => matches!(&send.conversation_id, Named::Id(to) if to == id),
            _ => false,
        };
        let is_next = |next: &mut Received| is_next(next) && pace::admits(&self.hub, &self.connection);
        match self.waiting.pop_front_if(is_next)? {
            Received { reference, frame: Ok(ClientFrame::Send(send)) } => Some((reference, send.message)),
            _ => None,
        }
    }
}
