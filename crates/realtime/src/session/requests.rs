use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use base::{Error, IdOrExternalId, limit};
use domain::messaging::Conversation;
use wire::NewMessage;
use wire::frames::{ClientFrame, Received, Send, receive};

use super::handler::{answer, send_each};
use super::in_flight::InFlight;
use super::pace;
use crate::connection::Connection;
use crate::hub::Hub;

/// Frames of one client that may wait to be answered; beyond it nothing more is read.
const WAITING: usize = 32;

/// A frame as it arrived. It is parsed once it was counted.
#[derive(Debug)]
pub(super) enum ReceivedFrame {
    /// A text frame.
    Text(Utf8Bytes),
    /// A binary frame of this many bytes.
    Binary(usize),
    /// A ping or pong of the protocol, which the protocol answers itself.
    Control,
}

impl ReceivedFrame {
    fn bytes(&self) -> usize {
        match self {
            Self::Text(text) => text.len(),
            Self::Binary(bytes) => *bytes,
            Self::Control => 0,
        }
    }
}

/// The frames of one client, answered one after the other, so that its
/// messages keep their order. None is answered while the client leaves a full
/// queue unread.
pub(super) struct Requests {
    hub: Hub,
    connection: Arc<Connection>,
    waiting: VecDeque<ReceivedFrame>,
    waiting_bytes: usize,
    /// Whether the first frame that waits was counted.
    is_counted: bool,
    /// A frame that was counted and parsed, and comes before those that wait.
    parsed: Option<Box<Received>>,
    current: InFlight,
}

impl Requests {
    pub(super) fn new(hub: Hub, connection: Arc<Connection>) -> Self {
        let current = InFlight::default();
        Self {
            hub,
            connection,
            waiting: VecDeque::new(),
            waiting_bytes: 0,
            is_counted: false,
            parsed: None,
            current,
        }
    }

    pub(super) const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Takes a frame in.
    pub(super) fn take(&mut self, frame: ReceivedFrame) {
        self.waiting_bytes = self.waiting_bytes.saturating_add(frame.bytes());
        self.waiting.push_back(frame);
        self.begin();
    }

    /// Whether a further frame may be read.
    pub(super) fn has_room(&self) -> bool {
        self.waiting.len() < WAITING
            && self.waiting_bytes < limit::CONNECTION_QUEUE_BYTES
            && self.connection.outbox.has_room()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.current.is_busy()
    }

    /// Waits until the present frame is answered. Dropping the future only pauses it.
    pub(super) async fn progress(&mut self) {
        self.current.done().await;
        self.begin();
    }

    /// Begins with the next frame, if one waits and there is room for its answer.
    pub(super) fn begin(&mut self) {
        while !self.current.is_busy() && self.connection.outbox.has_room() {
            if let Some(received) = self.parsed.take() {
                self.begin_with(*received);
            } else if let Some(first) = self.waiting.front() {
                let cost = throttle::cost(first.bytes());
                if std::mem::take(&mut self.is_counted)
                    || throttle::admits(&self.hub, &self.connection, cost)
                {
                    self.begin_first();
                } else {
                    self.is_counted = true;
                    let hub = self.hub.clone();
                    let connection = Arc::clone(&self.connection);
                    self.current
                        .begin(async move { throttle::admitted(&hub, &connection, cost).await });
                }
            } else {
                return;
            }
        }
    }

    /// Begins with the first frame that waits, which was counted.
    fn begin_first(&mut self) {
        match self.next() {
            Some(ReceivedFrame::Text(text)) => self.begin_with(receive(text.as_bytes())),
            Some(ReceivedFrame::Binary(_)) => {
                let frame = Err(Error::invalid(
                    "",
                    "A frame is a JSON object in a text frame.",
                ));
                self.begin_with(Received {
                    reference: None,
                    frame,
                });
            }
            Some(ReceivedFrame::Control) | None => {}
        }
    }

    fn begin_with(&mut self, received: Received) {
        let hub = self.hub.clone();
        let connection = Arc::clone(&self.connection);
        let Received { reference, frame } = received;
        match frame {
            Ok(ClientFrame::Send(first)) => {
                let Send {
                    conversation_id,
                    message,
                } = *first;
                let mut messages = vec![(reference, message)];
                while let Some(next) = self.next_to(&conversation_id) {
                    messages.push(next);
                }
                self.current
                    .begin(send_each(hub, connection, conversation_id, messages));
            }
            frame => self
                .current
                .begin(answer(hub, connection, Received { reference, frame })),
        }
    }

    fn next(&mut self) -> Option<ReceivedFrame> {
        let next = self.waiting.pop_front()?;
        self.waiting_bytes = self.waiting_bytes.saturating_sub(next.bytes());
        Some(next)
    }

    /// The frame that waits next, if it is a message to this conversation too
    /// that may be sent now: those are sent together.
    fn next_to(
        &mut self,
        conversation: &IdOrExternalId<Conversation>,
    ) -> Option<(Option<String>, NewMessage)> {
        let IdOrExternalId::Id(id) = conversation else {
            return None;
        };
        let Some(ReceivedFrame::Text(text)) = self.waiting.front() else {
            return None;
        };
        if self.parsed.is_some()
            || !throttle::admits(&self.hub, &self.connection, throttle::cost(text.len()))
        {
            return None;
        }
        let received = receive(text.as_bytes());
        self.next();
        match received {
            Received {
                reference,
                frame: Ok(ClientFrame::Send(send)),
            } if matches!(&send.conversation_id, IdOrExternalId::Id(to) if to == id) => {
                Some((reference, send.message))
            }
            other => {
                self.parsed = Some(Box::new(other));
                None
            }
        }
    }
}
