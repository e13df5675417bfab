//! Looks in the store whether users are there whose devices are said to have
//! come elsewhere or to have gone, and tells who watches them.

use std::collections::HashMap;
use std::sync::Weak;

use base::{Id, TenantId, Timestamp, limit};
use domain::messaging::presence_of;
use domain::users::User;
use store::Tenant;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::{RENEWAL, frame};
use crate::contained::contained;
use crate::hub::Inner;

/// Users who are looked for together.
const TOGETHER: usize = 256;

/// A watched user who is to be looked for.
pub(crate) struct Look {
    pub(crate) tenant: Tenant,
    pub(crate) user: Id<User>,
    /// The change of their presence, behind which others may have come.
    pub(crate) change: u64,
    pub(crate) why: Why,
}

/// Why a user is looked for.
pub(crate) enum Why {
    /// A device is said to have come, or to be still there. That may be heard
    /// late, when it has gone again.
    Came,
    /// A device went at this time; others of theirs may be there.
    Went(Timestamp),
    /// They are shown as online, and no device of theirs is connected here.
    Shown,
}

/// The way to the task that looks for them.
pub(crate) struct Looks(mpsc::Sender<Look>);

/// The other end of it.
pub(crate) struct Inbox(mpsc::Receiver<Look>);

impl Looks {
    /// A way, and the end to be [served](Inbox::serve).
    pub(crate) fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(limit::PRESENCE_QUEUE);
        (Self(sender), Inbox(receiver))
    }

    /// Has somebody looked for. One for whom there is no room is found when
    /// their device renews its presence, or by the next round when they went.
    pub(crate) fn add(&self, look: Look) {
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
            let round = if some.is_empty() { hub.shown_from_elsewhere() } else { some };
            for (_, looks) in by_tenant(round) {
                for looks in looks.chunks(limit::PRESENCE_WATCHED) {
                    contained(look(&hub, looks)).await;
                }
            }
        }
    }
}

fn by_tenant(some: Vec<Look>) -> HashMap<TenantId, Vec<Look>> {
    let mut of_tenants: HashMap<TenantId, Vec<Look>> = HashMap::new();
    for look in some {
        of_tenants.entry(look.tenant.id()).or_default().push(look);
    }
    of_tenants
}

/// Looks for users of one tenant by one statement, and tells what was found.
async fn look(hub: &Inner, looks: &[Look]) {
    let Some(Look { tenant, .. }) = looks.first() else { return };
    let users: Vec<_> = looks.iter().map(|look| look.user).collect();
    let seen = match presence_of(tenant, &users).await {
        Ok(seen) => seen,
        // The next round looks again.
        Err(failure) => return tracing::debug!(error = %failure, "the presence of users could not be read"),
    };
    for Look { user, change, why, .. } in looks {
        let seen = seen.get(user);
        let online = seen.is_some_and(|seen| seen.online);
        // Who watches knows already that they are there.
        if online && !matches!(why, Why::Came) {
            continue;
        }
        let went_at = if let Why::Went(at) = why { Some(*at) } else { None };
        let last_seen_at = went_at.max(seen.map(|seen| seen.last_seen_at)).filter(|_| !online);
        hub.tell_watchers(tenant.id(), *user, *change, online, &frame(*user, online, last_seen_at));
    }
}
