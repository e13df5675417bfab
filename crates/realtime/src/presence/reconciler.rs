//! Looks in the store whether users are there whose devices are said to have
//! come elsewhere or to have gone, and tells who watches them.

use std::collections::HashMap;
use std::sync::Weak;

use base::{Id, TenantId, Timestamp, limit};
use domain::messaging::presence_of;
use domain::users::User;
use futures_util::StreamExt;
use futures_util::stream::iter;
use store::TenantStore;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::RENEWAL;
use crate::catch_panic::contained;
use crate::hub::Inner;

/// Users who are looked for together.
const TOGETHER: usize = 256;

/// Tenants whose users are looked for at once.
const AT_ONCE: usize = 16;

/// A watched user who is to be looked for.
pub(crate) struct PresenceCheck {
    pub(crate) tenant: TenantStore,
    pub(crate) user: Id<User>,
    /// The change of their presence, behind which others may have come.
    pub(crate) change: u64,
    /// When a device went; `None` when one came, or when they are looked for in a round.
    pub(crate) went_at: Option<Timestamp>,
}

/// The way to the task that looks for them.
pub(crate) struct Reconciler(mpsc::Sender<PresenceCheck>);

/// The other end of it.
pub(crate) struct Inbox(mpsc::Receiver<PresenceCheck>);

impl Reconciler {
    /// A way, and the end to be [served](Inbox::serve).
    pub(crate) fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(limit::PRESENCE_QUEUE);
        (Self(sender), Inbox(receiver))
    }

    /// Has somebody looked for. One for whom there is no room is found when
    /// their device renews its presence, or by the next round when they went.
    pub(crate) fn add(&self, look: PresenceCheck) {
        if self.0.try_send(look).is_err() {
            tracing::debug!("too many came and went elsewhere for all to be looked for");
        }
    }
}

impl Inbox {
    /// Looks for who came and went, and now and then for all who are shown as
    /// online and are not connected here: a node that died said nothing of its own.
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
            let round = if some.is_empty() {
                hub.shown_from_elsewhere()
            } else {
                some
            };
            let hub = &hub;
            // A tenant whose store is slow holds up only those who are behind this round.
            let of_tenants = iter(by_tenant(round).into_values());
            of_tenants
                .for_each_concurrent(AT_ONCE, async |looks| {
                    for looks in looks.chunks(limit::PRESENCE_WATCHED) {
                        contained(look(hub, looks)).await;
                    }
                })
                .await;
        }
    }
}

fn by_tenant(some: Vec<PresenceCheck>) -> HashMap<TenantId, Vec<PresenceCheck>> {
    let mut of_tenants: HashMap<TenantId, Vec<PresenceCheck>> = HashMap::new();
    for look in some {
        of_tenants.entry(look.tenant.id()).or_default().push(look);
    }
    of_tenants
}

/// Looks for users of one tenant by one statement, and tells what was found.
async fn look(hub: &Inner, looks: &[PresenceCheck]) {
    let Some(PresenceCheck { tenant, .. }) = looks.first() else {
        return;
    };
    let users: Vec<_> = looks.iter().map(|look| look.user).collect();
    let seen = match presence_of(tenant, &users).await {
        Ok(seen) => seen,
        // Who went is found by the next round, who came when their device renews its presence.
        Err(failure) => {
            return tracing::debug!(error = %failure, "the presence of users could not be read");
        }
    };
    for look in looks {
        let seen = seen.get(&look.user);
        let last_seen_at = look.went_at.max(seen.and_then(|seen| seen.last_seen_at));
        hub.publish_presence(look, seen.is_some_and(|seen| seen.online), last_seen_at);
    }
}
