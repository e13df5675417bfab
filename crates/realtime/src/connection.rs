use std::collections::HashSet;
use std::sync::{Arc, Weak};

use base::{Id, TenantId};
use domain::platform::Caller;
use domain::users::User;
use parking_lot::Mutex;
use store::Tenant;

use crate::feed::Feed;
use crate::marks::PendingMarks;
use crate::outbox::Outbox;

/// One client that follows its user's conversations.
pub(crate) struct Connection {
    /// Distinguishes connections of this process.
    pub(crate) number: u64,
    pub(crate) tenant: Tenant,
    pub(crate) user: Id<User>,
    pub(crate) device: String,
    pub(crate) outbox: Outbox,
    pub(crate) marks: PendingMarks,
    pub(crate) state: Mutex<State>,
}

/// What changes while a connection lasts.
pub(crate) struct State {
    /// Who they are, to be asked again when something was revoked.
    pub(crate) caller: Caller,
    /// Feeds that were turned away by a full outbox.
    pub(crate) stalled: Vec<Weak<Feed>>,
    /// All feeds, to leave them at the end.
    pub(crate) feeds: Vec<Weak<Feed>>,
    /// Users whose presence is told.
    pub(crate) watched: HashSet<Id<User>>,
}

impl Connection {
    pub(crate) fn tenant_id(&self) -> TenantId {
        self.tenant.id()
    }

    /// Lets feeds that were turned away go on.
    pub(crate) fn relieve(&self) {
        if self.outbox.relieved() {
            let stalled = std::mem::take(&mut self.state.lock().stalled);
            stalled.iter().filter_map(Weak::upgrade).for_each(|feed| feed.relieved(self.number));
        }
    }

    /// Notes that a feed was turned away.
    pub(crate) fn stall(&self, feed: &Arc<Feed>) {
        self.state.lock().stalled.push(Arc::downgrade(feed));
    }
}
