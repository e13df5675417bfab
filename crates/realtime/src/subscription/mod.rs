//! One conversation as it is followed here: who follows it, how far each was
//! sent, and the newest frames in memory.

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

/// A conversation that somebody here follows.
pub(crate) struct Subscription {
    pub(crate) tenant: TenantStore,
    pub(crate) conversation: Id<Conversation>,
    cards: UserCache,
    state: Mutex<State>,
}

/// Who is told of a mark.
#[derive(Clone, Copy)]
pub(crate) enum Audience<'a> {
    /// Everybody but these users.
    AllBut(&'a HashSet<Id<User>>),
    /// These connections only.
    Only(&'a [Arc<Connection>]),
}

/// What a connection's user may see of a conversation that they take part in.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Part {
    /// The first record they may see.
    pub(crate) visible_from: i64,
    /// The record by which they joined last.
    pub(crate) joined: i64,
}

/// From where a connection follows a conversation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Start {
    /// The last record it has.
    pub(crate) sent: i64,
    /// The first record it may see.
    pub(crate) visible_from: i64,
    /// The record by which its user joined last.
    pub(crate) joined: i64,
}

impl Subscription {
    pub(crate) fn new(
        tenant: TenantStore,
        cards: UserCache,
        conversation: Id<Conversation>,
    ) -> Self {
        Self {
            tenant,
            conversation,
            cards,
            state: Mutex::default(),
        }
    }

    /// Registers a connection that is sent nothing yet: hints first, then the
    /// head is read. A connection that follows already stays as it is.
    pub(crate) fn register(&self, connection: &Arc<Connection>, part: Part) {
        self.state.lock().add(connection, part);
    }

    /// Lets a connection be sent what is behind `sent`, or goes back to it.
    /// What it is owed is sent by [`Subscription::send_together`].
    pub(crate) fn begin(&self, connection: u64, sent: i64, head: i64) {
        let mut state = self.state.lock();
        state.head = state.head.max(head);
        if let Some(subscriber) = state.subscriber(connection) {
            subscriber.sent = Some(sent);
        }
    }

    /// Sends what is owed in feeds of one tenant, by as few reads as their
    /// records need, however many feeds there are.
    pub(crate) fn send_together(feeds: VecDeque<Arc<Self>>) {
        spawn(Vec::new(), feeds);
    }

    /// Begins at once for a registered connection whose user joined while connected.
    pub(crate) fn join(self: &Arc<Self>, connection: &Connection, start: Start) {
        let mut state = self.state.lock();
        if let Some(subscriber) = state.subscriber(connection.number) {
            subscriber.sent.get_or_insert(start.sent);
            subscriber.visible_from = start.visible_from;
            subscriber.joined = start.joined;
            subscriber.until = None;
        }
        drop(state);
        self.wake();
    }

    /// The user left by this record, the last one they are sent.
    pub(crate) fn end_at(self: &Arc<Self>, user: Id<User>, seq: i64) {
        let owed = self.state.lock().end(user, seq);
        for (connection, sent) in owed {
            tokio::spawn(departure::send_last(
                Arc::clone(self),
                connection,
                sent,
                seq,
            ));
        }
    }

    /// The log grew. Returns the last record that was heard of before.
    pub(crate) fn hear(self: &Arc<Self>, head: i64, rows: &[Arc<Row>]) -> i64 {
        let known = self.state.lock().hear(head, rows);
        self.wake();
        known
    }

    /// Sends a signal to the connections that follow and have a number beyond
    /// `beyond`, except those of the user `but`. A full queue loses it, as signals may be.
    pub(crate) fn signal(&self, frame: &Frame, but: Option<Id<User>>, beyond: u64) {
        self.state.lock().signal(frame, but, beyond);
    }

    /// What is heard of a user's marks: what rose is told to everyone who
    /// follows and belongs to the audience. Under one lock, so that nobody is
    /// told a mark below one that they were told before.
    pub(crate) fn hear_marks(&self, user_id: Id<User>, heard: Receipts, audience: Audience<'_>) {
        let mut state = self.state.lock();
        let Advanced { read, delivered } = state.sent_receipts.hear(user_id, heard);
        let mark = |seq| ReceiptSignal {
            conversation_id: self.conversation,
            user_id,
            seq,
        };
        let signals = [
            read.map(mark).map(Signal::ReadUpdated),
            delivered.map(mark).map(Signal::DeliveredUpdated),
        ];
        for signal in signals.into_iter().flatten() {
            let frame = encode(&ServerFrame::Signal(signal));
            match audience {
                Audience::AllBut(users) => state.signal_but(&frame, users),
                // A full queue loses it, as signals may be.
                Audience::Only(connections) => {
                    for connection in connections {
                        let _ = connection.outbox.push(frame.clone());
                    }
                }
            }
        }
    }

    /// How many take part, from memory when it is known.
    pub(crate) async fn participants(&self) -> base::Result<i64> {
        if let Some(count) = self.state.lock().participants {
            return Ok(count);
        }
        let conversation = self.tenant.get(self.conversation).await?;
        let count = conversation.map_or(0, |conversation| conversation.participant_count);
        self.state.lock().participants = Some(count);
        Ok(count)
    }

    /// A connection can be sent more again.
    pub(crate) fn writable(self: &Arc<Self>, connection: u64) {
        if let Some(subscriber) = self.state.lock().subscriber(connection) {
            subscriber.stalled = false;
        }
        self.wake();
    }

    /// Forgets a connection. Says whether nobody follows any more.
    pub(crate) fn leave(&self, connection: u64) -> bool {
        let mut state = self.state.lock();
        state.remove(connection);
        state.subscribers.is_empty()
    }

    /// Whether a connection follows now.
    pub(crate) fn follows(&self, connection: u64) -> bool {
        self.state
            .lock()
            .subscriber(connection)
            .is_some_and(|subscriber| subscriber.until.is_none())
    }

    /// Whether anybody follows.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.lock().subscribers.is_empty()
    }

    /// Sees to it that what is owed is sent.
    fn wake(self: &Arc<Self>) {
        if self.claim() {
            spawn(vec![Arc::clone(self)], VecDeque::new());
        }
    }

    /// Whether something is owed that nobody else is about to send.
    fn claim(&self) -> bool {
        let mut state = self.state.lock();
        let claimed = !state.pumping && state.owes();
        state.pumping |= claimed;
        claimed
    }
}

/// Runs the pump in a task of its own; boxed, since it is moved some times before it runs.
fn spawn(claimed: Vec<Arc<Subscription>>, waiting: VecDeque<Arc<Subscription>>) {
    tokio::spawn(Box::pin(pump::run(claimed, waiting)));
}
