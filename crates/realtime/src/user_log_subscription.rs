//! The log of one user as their connections here follow it.

use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use base::{Id, Result};
use domain::user_log::{self, UserRecord};
use domain::users::User;
use parking_lot::Mutex;
use store::{Entity, TenantStore};
use wire::frames::{CloseReason, ServerFrame, UserReset};

use crate::connection::Connection;
use crate::few::make_room;
use crate::frame::{Frame, encode};

/// The pause before another try when the store could not answer.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// A user's log that some connection here follows.
pub(crate) struct UserLogSubscription {
    pub(crate) tenant: TenantStore,
    pub(crate) user: Id<User>,
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    /// The highest number heard of.
    head: i64,
    followers: Vec<Follower>,
    pumping: bool,
}

/// One connection of the user.
struct Follower {
    connection: Arc<Connection>,
    /// The last record sent; `None` until the head was read.
    sent: Option<i64>,
    /// The head when it came; what is behind it concerns this connection too.
    came_at: i64,
    /// Whether its queue was full.
    stalled: bool,
}

/// A record as it is told.
struct Told {
    seq: i64,
    frame: Frame,
    /// The device that it removes.
    removed: Option<String>,
}

impl Follower {
    fn wants(&self, head: i64) -> Option<i64> {
        let next = self.sent?.saturating_add(1);
        (!self.stalled && next <= head).then_some(next)
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

    /// Registers a connection that is sent nothing yet: hints first, then the head is read.
    pub(crate) fn register(&self, connection: &Arc<Connection>) {
        let connection = Arc::clone(connection);
        let sent = None;
        let came_at = 0;
        let stalled = false;
        let mut state = self.state.lock();
        make_room(&mut state.followers);
        state.followers.push(Follower {
            connection,
            sent,
            came_at,
            stalled,
        });
    }

    /// Begins to send what is behind `sent`.
    pub(crate) fn begin(self: &Arc<Self>, connection: u64, sent: i64, head: i64) {
        let mut state = self.state.lock();
        state.head = state.head.max(head);
        if let Some(follower) = state
            .followers
            .iter_mut()
            .find(|follower| follower.connection.number == connection)
        {
            follower.sent = Some(sent);
            follower.came_at = head;
        }
        drop(state);
        self.wake();
    }

    /// The log grew.
    pub(crate) fn hear(self: &Arc<Self>, head: i64) {
        let mut state = self.state.lock();
        state.head = state.head.max(head);
        drop(state);
        self.wake();
    }

    /// A connection can be sent more again.
    pub(crate) fn writable(self: &Arc<Self>, connection: u64) {
        let mut state = self.state.lock();
        let theirs = state
            .followers
            .iter_mut()
            .filter(|follower| follower.connection.number == connection);
        theirs.for_each(|follower| follower.stalled = false);
        drop(state);
        self.wake();
    }

    /// Forgets a connection.
    pub(crate) fn leave(&self, connection: u64) {
        self.state
            .lock()
            .followers
            .retain(|follower| follower.connection.number != connection);
    }

    /// Whether nobody follows.
    pub(crate) fn is_idle(&self) -> bool {
        self.state.lock().followers.is_empty()
    }

    fn wake(self: &Arc<Self>) {
        let mut state = self.state.lock();
        if !state.pumping && state.next_pending().is_some() {
            state.pumping = true;
            tokio::spawn(pump(Arc::clone(self)));
        }
    }

    /// The first record that somebody is owed; else the pump ends.
    fn next(&self) -> Option<i64> {
        let mut state = self.state.lock();
        let owed = state.next_pending();
        state.pumping = owed.is_some();
        owed
    }

    async fn load(&self, from: i64) -> Result<Vec<Told>> {
        let records = user_log::records(
            &self.tenant,
            self.user,
            Bound::Included(from),
            Bound::Unbounded,
        )
        .await?;
        let frame = |record: &Entity<UserRecord>| {
            let frame = encode(&ServerFrame::UserEvent(wire::UserRecord::of(record)?));
            Ok(Told {
                seq: record.seq,
                frame,
                removed: record.removed_device(),
            })
        };
        records.iter().map(frame).collect()
    }

    /// Sends each record to those for whom it is the next one. Who needs one
    /// that is no longer kept goes on from the head.
    fn send(&self, records: &[Told]) {
        let mut state = self.state.lock();
        let head = state.head;
        let first = records.first().map_or(head, |told| told.seq);
        let behind =
            |follower: &&mut Follower| follower.wants(head).is_some_and(|next| next < first);
        for follower in state.followers.iter_mut().filter(behind) {
            let reset = UserReset {
                reason: "too_far_behind",
            };
            follower
                .connection
                .outbox
                .answer(encode(&ServerFrame::UserReset(reset)));
            follower.sent = Some(head);
        }
        for Told {
            seq,
            frame,
            removed,
        } in records
        {
            let next = state
                .followers
                .iter_mut()
                .filter(|follower| follower.wants(*seq) == Some(*seq));
            for follower in next {
                if *seq > follower.came_at && removed.as_ref() == Some(&follower.connection.device)
                {
                    follower
                        .connection
                        .outbox
                        .close(CloseReason::DeviceRemoved, None);
                }
                if follower.connection.outbox.push(frame.clone()).is_err() {
                    follower.stalled = true;
                } else {
                    follower.sent = Some(*seq);
                }
            }
        }
    }
}

impl State {
    fn next_pending(&self) -> Option<i64> {
        self.followers
            .iter()
            .filter_map(|follower| follower.wants(self.head))
            .min()
    }
}

/// Runs until nobody is owed anything.
async fn pump(feed: Arc<UserLogSubscription>) {
    while let Some(from) = feed.next() {
        match feed.load(from).await {
            Ok(frames) if frames.is_empty() => tokio::time::sleep(RETRY_DELAY).await,
            Ok(frames) => feed.send(&frames),
            Err(failure) => {
                tracing::warn!(error = %failure, "a user's records could not be read for their devices");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
    }
}
