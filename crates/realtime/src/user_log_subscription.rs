//! The subscription to a user's own log.

use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use base::{Id, Result};
use domain::user_log::{self, Ended, UserRecord};
use domain::users::User;
use parking_lot::Mutex;
use store::{Entity, TenantStore};
use wire::frames::{CloseReason, ServerFrame, UserReset};

use crate::connection::Connection;
use crate::frame::{Frame, encode};

/// Delay before the next attempt after a failed read.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// A user's log with subscribers in this process.
pub(crate) struct UserLogSubscription {
    pub(crate) tenant: TenantStore,
    pub(crate) user: Id<User>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// Highest known sequence number.
    head: i64,
    subscribers: Vec<Subscriber>,
    pumping: bool,
}

/// A connection of the user.
struct Subscriber {
    connection: Arc<Connection>,
    /// Last record sent; `None` until the head was read.
    sent: Option<i64>,
    /// Head at the start of the subscription. Later device removals apply to this
    /// connection, too.
    head_at_start: i64,
    /// Whether the send queue was full.
    blocked: bool,
}

/// An encoded record.
struct EncodedRecord {
    seq: i64,
    frame: Frame,
    /// The device or session that the record ends.
    ended: Option<Ended>,
}

impl Subscriber {
    /// Returns why the connection is closed, if it belongs to what ended.
    fn close_reason(&self, ended: &Ended) -> Option<CloseReason> {
        match ended {
            Ended::Device(device) => {
                (*device == self.connection.device).then_some(CloseReason::DeviceRemoved)
            }
            Ended::Session(session) => {
                let own = self.connection.state.lock().auth.session();
                let is_own = own.is_some_and(|own| own.object_id() == *session);
                is_own.then_some(CloseReason::Revoked)
            }
        }
    }

    fn next_pending(&self, head: i64) -> Option<i64> {
        let next = self.sent?.saturating_add(1);
        (!self.blocked && next <= head).then_some(next)
    }
}

impl UserLogSubscription {
    pub(crate) fn new(tenant: TenantStore, user: Id<User>) -> Self {
        Self {
            tenant,
            user,
            state: Mutex::default(),
        }
    }

    /// Registers a connection before the head is read. Nothing is sent until `begin`.
    pub(crate) fn register(&self, connection: &Arc<Connection>) {
        let connection = Arc::clone(connection);
        let sent = None;
        let head_at_start = 0;
        let blocked = false;
        let mut state = self.state.lock();
        state.subscribers.reserve_exact(1);
        state.subscribers.push(Subscriber {
            connection,
            sent,
            head_at_start,
            blocked,
        });
    }

    /// Starts to send records after `sent`.
    pub(crate) fn begin(self: &Arc<Self>, connection: u64, sent: i64, head: i64) {
        let mut state = self.state.lock();
        state.head = state.head.max(head);
        if let Some(subscriber) = state
            .subscribers
            .iter_mut()
            .find(|subscriber| subscriber.connection.id == connection)
        {
            subscriber.sent = Some(sent);
            subscriber.head_at_start = head;
        }
        drop(state);
        self.wake();
    }

    /// Handles a new head.
    pub(crate) fn on_log_appended(self: &Arc<Self>, head: i64) {
        let mut state = self.state.lock();
        state.head = state.head.max(head);
        drop(state);
        self.wake();
    }

    /// Resumes a connection whose send queue was full.
    pub(crate) fn writable(self: &Arc<Self>, connection: u64) {
        let mut state = self.state.lock();
        let own = state
            .subscribers
            .iter_mut()
            .filter(|subscriber| subscriber.connection.id == connection);
        own.for_each(|subscriber| subscriber.blocked = false);
        drop(state);
        self.wake();
    }

    /// Removes a connection.
    pub(crate) fn remove(&self, connection: u64) {
        self.state
            .lock()
            .subscribers
            .retain(|subscriber| subscriber.connection.id != connection);
    }

    /// Returns whether no connection is subscribed.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.lock().subscribers.is_empty()
    }

    fn wake(self: &Arc<Self>) {
        let mut state = self.state.lock();
        if !state.pumping && state.next_pending().is_some() {
            state.pumping = true;
            tokio::spawn(pump(Arc::clone(self)));
        }
    }

    /// Returns the first pending record; stops the pump if there is none.
    fn next(&self) -> Option<i64> {
        let mut state = self.state.lock();
        let pending = state.next_pending();
        state.pumping = pending.is_some();
        pending
    }

    async fn load(&self, from: i64) -> Result<Vec<EncodedRecord>> {
        let records = user_log::records(
            &self.tenant,
            self.user,
            Bound::Included(from),
            Bound::Unbounded,
        )
        .await?;
        let frame = |record: &Entity<UserRecord>| {
            let frame = encode(&ServerFrame::UserEvent(wire::UserRecord::of(record)?));
            Ok(EncodedRecord {
                seq: record.seq,
                frame,
                ended: record.ended(),
            })
        };
        records.iter().map(frame).collect()
    }

    /// Sends each record to the subscribers that need it next. A subscriber whose next
    /// record has expired continues from the head.
    fn send(&self, records: &[EncodedRecord]) {
        let mut state = self.state.lock();
        let head = state.head;
        let first = records.first().map_or(head, |record| record.seq);
        let behind = |subscriber: &&mut Subscriber| {
            subscriber
                .next_pending(head)
                .is_some_and(|next| next < first)
        };
        for subscriber in state.subscribers.iter_mut().filter(behind) {
            let reset = UserReset {
                reason: "too_far_behind",
            };
            subscriber
                .connection
                .send_queue
                .push_response(encode(&ServerFrame::UserReset(reset)));
            subscriber.sent = Some(head);
        }
        for EncodedRecord { seq, frame, ended } in records {
            let next = state
                .subscribers
                .iter_mut()
                .filter(|subscriber| subscriber.next_pending(*seq) == Some(*seq));
            for subscriber in next {
                if *seq > subscriber.head_at_start
                    && let Some(ended) = ended
                    && let Some(reason) = subscriber.close_reason(ended)
                {
                    subscriber.connection.send_queue.close(reason, None);
                }
                if subscriber
                    .connection
                    .send_queue
                    .push(frame.clone())
                    .is_err()
                {
                    subscriber.blocked = true;
                } else {
                    subscriber.sent = Some(*seq);
                }
            }
        }
    }
}

impl State {
    fn next_pending(&self) -> Option<i64> {
        self.subscribers
            .iter()
            .filter_map(|subscriber| subscriber.next_pending(self.head))
            .min()
    }
}

/// Runs until no records are pending.
async fn pump(subscription: Arc<UserLogSubscription>) {
    while let Some(from) = subscription.next() {
        match subscription.load(from).await {
            Ok(frames) if frames.is_empty() => tokio::time::sleep(RETRY_DELAY).await,
            Ok(frames) => subscription.send(&frames),
            Err(failure) => {
                tracing::warn!(error = %failure, "failed to read a user log for subscribers");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}
