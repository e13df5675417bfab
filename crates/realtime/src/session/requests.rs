use std::collections::VecDeque;
use std::sync::Arc;

use axum::extract::ws::Utf8Bytes;
use base::{Error, IdOrExternalId, limit};
use domain::messaging::Conversation;
use wire::NewMessage;
use wire::frames::{ClientFrame, Received, Send, receive};

use super::handler::{handle, send_each};
use super::in_flight::InFlight;
use super::throttle;
use crate::connection::Connection;
use crate::hub::Hub;

/// Number of frames that may wait; above it, nothing more is read.
const MAX_QUEUED: usize = 32;

/// A received frame. It is parsed after it was counted.
#[derive(Debug)]
pub(super) enum ReceivedFrame {
    /// A text frame.
    Text(Utf8Bytes),
    /// A binary frame of this many bytes.
    Binary(usize),
    /// A ping or pong of the WebSocket protocol, which the protocol handles.
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

/// The queued frames of one client, handled one after the other, so that messages keep
/// their order. None is handled while the client leaves a full send queue unread.
pub(super) struct Requests {
    hub: Hub,
    connection: Arc<Connection>,
    queued: VecDeque<ReceivedFrame>,
    queued_bytes: usize,
    /// Whether the first queued frame was counted.
    is_counted: bool,
    /// A frame that was counted and parsed, to be handled before the queued ones.
    parsed: Option<Box<Received>>,
    in_flight: InFlight,
}

impl Requests {
    pub(super) fn new(hub: Hub, connection: Arc<Connection>) -> Self {
        let in_flight = InFlight::default();
        Self {
            hub,
            connection,
            queued: VecDeque::new(),
            queued_bytes: 0,
            is_counted: false,
            parsed: None,
            in_flight,
        }
    }

    pub(super) const fn hub(&self) -> &Hub {
        &self.hub
    }

    /// Queues a frame.
    pub(super) fn push(&mut self, frame: ReceivedFrame) {
        self.queued_bytes = self.queued_bytes.saturating_add(frame.bytes());
        self.queued.push_back(frame);
        self.begin();
    }

    /// Returns whether a further frame may be read.
    pub(super) fn has_capacity(&self) -> bool {
        self.queued.len() < MAX_QUEUED
            && self.queued_bytes < limit::CONNECTION_QUEUE_BYTES
            && self.connection.send_queue.has_capacity()
    }

    pub(super) fn is_busy(&self) -> bool {
        self.in_flight.is_busy()
    }

    /// Waits until the request in flight is complete. Dropping the future only pauses
    /// it.
    pub(super) async fn progress(&mut self) {
        self.in_flight.finish().await;
        self.begin();
    }

    /// Starts the next frame, if one is queued and the send queue has capacity for its
    /// response.
    pub(super) fn begin(&mut self) {
        while !self.in_flight.is_busy() && self.connection.send_queue.has_capacity() {
            if let Some(received) = self.parsed.take() {
                self.begin_with(*received);
            } else if let Some(first) = self.queued.front() {
                let cost = throttle::cost(first.bytes());
                if std::mem::take(&mut self.is_counted)
                    || throttle::try_acquire(&self.hub, &self.connection, cost)
                {
                    self.begin_first();
                } else {
                    self.is_counted = true;
                    let hub = self.hub.clone();
                    let connection = Arc::clone(&self.connection);
                    self.in_flight
                        .begin(async move { throttle::acquire(&hub, &connection, cost).await });
                }
            } else {
                return;
            }
        }
    }

    /// Starts the first queued frame, which was counted.
    fn begin_first(&mut self) {
        match self.next() {
            Some(ReceivedFrame::Text(text)) => self.begin_with(receive(text.as_bytes())),
            Some(ReceivedFrame::Binary(_)) => {
                let frame = Err(Error::invalid(
                    "",
                    "Send each frame as a JSON object in a WebSocket text frame.",
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
                self.in_flight
                    .begin(send_each(hub, connection, conversation_id, messages));
            }
            frame => self
                .in_flight
                .begin(handle(hub, connection, Received { reference, frame })),
        }
    }

    fn next(&mut self) -> Option<ReceivedFrame> {
        let next = self.queued.pop_front()?;
        self.queued_bytes = self.queued_bytes.saturating_sub(next.bytes());
        Some(next)
    }

    /// Takes the next queued frame if it is a message to the same conversation within
    /// the rate limit, so that both are sent together.
    fn next_to(
        &mut self,
        conversation: &IdOrExternalId<Conversation>,
    ) -> Option<(Option<String>, NewMessage)> {
        let IdOrExternalId::Id(id) = conversation else {
            return None;
        };
        let Some(ReceivedFrame::Text(text)) = self.queued.front() else {
            return None;
        };
        if self.parsed.is_some()
            || !throttle::try_acquire(&self.hub, &self.connection, throttle::cost(text.len()))
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
