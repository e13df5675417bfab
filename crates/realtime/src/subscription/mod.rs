//! The subscription to one conversation: subscribers, their positions, and the newest
//! frames in memory.

mod departure;
mod pump;
mod sent_receipts;
mod state;

use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use base::Id;
use domain::messaging::{Conversation, Receipts};
use domain::users::{User, UserCache};
use parking_lot::Mutex;
use store::{Row, TenantStore};
use wire::frames::ServerFrame;
use wire::{ReceiptSignal, Signal};

use crate::connection::Connection;
use crate::frame::{Frame, encode};
use sent_receipts::Advanced;
use state::State;

/// A conversation with subscribers in this process.
pub(crate) struct Subscription {
    pub(crate) tenant: TenantStore,
    pub(crate) conversation: Id<Conversation>,
    user_cache: UserCache,
    state: Mutex<State>,
}

/// The receivers of a receipt.
#[derive(Clone, Copy)]
pub(crate) enum Audience<'a> {
    /// Every subscriber except these users.
    AllExcept(&'a HashSet<Id<User>>),
    /// These connections only.
    Only(&'a [Arc<Connection>]),
}

/// The part of a conversation that a participant may see.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Visibility {
    /// First visible record.
    pub(crate) visible_from: i64,
    /// Record by which the user joined last.
    pub(crate) joined: i64,
}

/// Position at which a subscriber starts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// Last record that the client has.
    pub(crate) sent: i64,
    /// First visible record.
    pub(crate) visible_from: i64,
    /// Record by which the user joined last.
    pub(crate) joined: i64,
}

impl Subscription {
    pub(crate) fn new(
        tenant: TenantStore,
        user_cache: UserCache,
        conversation: Id<Conversation>,
    ) -> Self {
        Self {
            tenant,
            conversation,
            user_cache,
            state: Mutex::default(),
        }
    }

    /// Registers a connection before the head is read. Nothing is sent until `begin`. A
    /// connection that is subscribed already keeps its state.
    pub(crate) fn register(&self, connection: &Arc<Connection>, visibility: Visibility) {
        self.state.lock().add(connection, visibility);
    }

    /// Sets the last record sent, also to go back to it.
    /// [`Subscription::send_together`] sends the pending records.
    pub(crate) fn begin(&self, connection: u64, sent: i64, head: i64) {
        let mut state = self.state.lock();
        state.head = state.head.max(head);
        if let Some(subscriber) = state.subscriber(connection) {
            subscriber.sent = Some(sent);
        }
    }

    /// Sends the pending records of one tenant's subscriptions with as few reads as
    /// possible.
    pub(crate) fn send_together(subscriptions: VecDeque<Arc<Self>>) {
        spawn(Vec::new(), subscriptions);
    }

    /// Starts immediately for a registered connection whose user joined while
    /// connected.
    pub(crate) fn join(self: &Arc<Self>, connection: &Connection, start: Start) {
        let mut state = self.state.lock();
        if let Some(subscriber) = state.subscriber(connection.id) {
            subscriber.sent.get_or_insert(start.sent);
            subscriber.visible_from = start.visible_from;
            subscriber.joined = start.joined;
            subscriber.until = None;
        }
        drop(state);
        self.wake();
    }

    /// Ends the subscriptions of a user who left. The record of the removal is the last
    /// one sent.
    pub(crate) fn end_at(self: &Arc<Self>, user: Id<User>, seq: i64) {
        let pending = self.state.lock().end(user, seq);
        for (connection, sent) in pending {
            tokio::spawn(departure::send_last(
                Arc::clone(self),
                connection,
                sent,
                seq,
            ));
        }
    }

    /// Handles new records. Returns the previous head.
    pub(crate) fn on_log_appended(self: &Arc<Self>, head: i64, rows: &[Arc<Row>]) -> i64 {
        let previous_head = self.state.lock().on_log_appended(head, rows);
        self.wake();
        previous_head
    }

    /// Sends a signal to subscribers with an ID above `above`, except those of the user
    /// `except`. A full queue drops it.
    pub(crate) fn signal(&self, frame: &Frame, except: Option<Id<User>>, above: u64) {
        self.state.lock().signal(frame, except, above);
    }

    /// Sends the receipts that advanced to the audience. One lock covers comparing and
    /// sending, so that no client is sent a lower receipt after a higher one.
    pub(crate) fn on_receipts(
        &self,
        user_id: Id<User>,
        receipts: Receipts,
        audience: Audience<'_>,
    ) {
        let mut state = self.state.lock();
        let Advanced { read, delivered } = state.sent_receipts.advance(user_id, receipts);
        let receipt = |seq| ReceiptSignal {
            conversation_id: self.conversation,
            user_id,
            seq,
        };
        let signals = [
            read.map(receipt).map(Signal::ReadUpdated),
            delivered.map(receipt).map(Signal::DeliveredUpdated),
        ];
        for signal in signals.into_iter().flatten() {
            let frame = encode(&ServerFrame::Signal(signal));
            match audience {
                Audience::AllExcept(users) => state.signal_except(&frame, users),
                // A full queue drops the signal.
                Audience::Only(connections) => {
                    for connection in connections {
                        let _ = connection.send_queue.push(frame.clone());
                    }
                }
            }
        }
    }

    /// Returns the number of participants, cached if known.
    pub(crate) async fn participants(&self) -> base::Result<i64> {
        if let Some(count) = self.state.lock().participants {
            return Ok(count);
        }
        let conversation = self.tenant.get(self.conversation).await?;
        let count = conversation.map_or(0, |conversation| conversation.participant_count);
        self.state.lock().participants = Some(count);
        Ok(count)
    }

    /// Resumes a connection whose send queue was full.
    pub(crate) fn writable(self: &Arc<Self>, connection: u64) {
        if let Some(subscriber) = self.state.lock().subscriber(connection) {
            subscriber.blocked = false;
        }
        self.wake();
    }

    /// Removes a connection. Returns whether no subscriber is left.
    pub(crate) fn remove(&self, connection: u64) -> bool {
        let mut state = self.state.lock();
        state.remove(connection);
        state.subscribers.is_empty()
    }

    /// Returns whether a connection is subscribed.
    pub(crate) fn follows(&self, connection: u64) -> bool {
        self.state
            .lock()
            .subscriber(connection)
            .is_some_and(|subscriber| subscriber.until.is_none())
    }

    /// Returns whether no connection is subscribed.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.lock().subscribers.is_empty()
    }

    /// Starts the pump if records are pending.
    fn wake(self: &Arc<Self>) {
        if self.claim() {
            spawn(vec![Arc::clone(self)], VecDeque::new());
        }
    }

    /// Marks the pump as running if records are pending and it is not running. Returns
    /// whether it did.
    fn claim(&self) -> bool {
        let mut state = self.state.lock();
        let claimed = !state.pumping && state.has_pending();
        state.pumping |= claimed;
        claimed
    }
}

/// Runs the pump in its own task. Boxed, since the future is moved several times.
fn spawn(claimed: Vec<Arc<Subscription>>, waiting: VecDeque<Arc<Subscription>>) {
    tokio::spawn(Box::pin(pump::run(claimed, waiting)));
}
