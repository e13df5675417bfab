//! Tells who watches a user that they went: once no device of theirs is
//! connected any more, here or on another node.

use std::collections::HashMap;
use std::sync::Weak;

use base::{Id, TenantId, Timestamp, limit};
use domain::messaging::presence_of;
use domain::users::User;
use store::Tenant;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};
use wire::frames::ServerFrame;
use wire::{PresenceSignal, Signal};

use super::RENEWAL;
use crate::contained::contained;
use crate::frame::encode;
use crate::hub::Inner;

/// Goings that are looked at together.
const TOGETHER: usize = 256;

/// A watched user of whom a device went.
pub(crate) struct Going {
    pub(crate) tenant: Tenant,
    pub(crate) user: Id<User>,
    /// The change of their presence, behind which others may have come.
    pub(crate) change: u64,
    pub(crate) last_seen_at: Option<Timestamp>,
}

/// The way to the task that looks whether they went.
pub(crate) struct Goings(mpsc::Sender<Going>);

/// The other end of it.
pub(crate) struct Inbox(mpsc::Receiver<Going>);

impl Goings {
    /// A way, and the end to be [served](Inbox::serve).
    pub(crate) fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(limit::PRESENCE_QUEUE);
        (Self(sender), Inbox(receiver))
    }

    /// Has somebody looked at. One for whom there is no room is found by the next round.
    pub(crate) fn look(&self, going: Going) {
        if self.0.try_send(going).is_err() {
            tracing::debug!("too many went for all to be looked at");
        }
    }
}

impl Inbox {
    /// Looks at who went, and now and then at all who are shown as online and
    /// are not connected here: a node that died said nothing of its own.
    pub(crate) async fn serve(mut self, hub: Weak<Inner>) {
        let mut rounds = interval(RENEWAL);
        rounds.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut some = Vec::new();
            tokio::select! {
                count = self.0.recv_many(&mut some, TOGETHER) => if count == 0 { return },
                _ = rounds.tick() => {}
            }
            let Some(hub) = hub.upgrade() else { return };
            let round = if some.is_empty() { hub.shown_from_elsewhere() } else { some };
            for (_, goings) in by_tenant(round) {
                for goings in goings.chunks(limit::PRESENCE_WATCHED) {
                    contained(look(&hub, goings)).await;
                }
            }
        }
    }
}

fn by_tenant(some: Vec<Going>) -> HashMap<TenantId, Vec<Going>> {
    let mut of_tenants: HashMap<TenantId, Vec<Going>> = HashMap::new();
    for going in some {
        of_tenants.entry(going.tenant.id()).or_default().push(going);
    }
    of_tenants
}

/// Looks at users of one tenant by one statement, and tells of those who are gone.
async fn look(hub: &Inner, goings: &[Going]) {
    let Some(Going { tenant, .. }) = goings.first() else { return };
    let users: Vec<_> = goings.iter().map(|going| going.user).collect();
    let seen = match presence_of(tenant, &users).await {
        Ok(seen) => seen,
        // The next round looks again.
        Err(failure) => return tracing::debug!(error = %failure, "the presence of users could not be read"),
    };
    for going in goings {
        let seen = seen.get(&going.user);
        if !seen.is_some_and(|seen| seen.online) {
            let last_seen_at = going.last_seen_at.max(seen.map(|seen| seen.last_seen_at));
            let told = PresenceSignal { user_id: going.user, online: false, last_seen_at };
            let frame = encode(&ServerFrame::Signal(Signal::PresenceChanged(told)));
            hub.tell_watchers(tenant.id(), going.user, going.change, false, &frame);
        }
    }
}
