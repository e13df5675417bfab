//! Reads the presence of users whose devices changed on other nodes, and sends it to
//! their watchers.

use std::sync::Weak;

use base::{Id, Timestamp, limit};
use domain::messaging::presence_of;
use domain::users::User;
use futures_util::StreamExt;
use futures_util::stream::iter;
use store::TenantStore;
use tokio::sync::mpsc;
use tokio::time::{MissedTickBehavior, interval};

use super::RENEWAL_INTERVAL;
use crate::catch_panic::catch_panic;
use crate::group_by_tenant::group_by_tenant;
use crate::hub::Inner;

/// Number of users checked together.
const BATCH: usize = 256;

/// Number of tenants checked concurrently.
const MAX_CONCURRENT_TENANTS: usize = 16;

/// A watched user whose presence must be read.
pub(crate) struct PresenceCheck {
    pub(crate) tenant: TenantStore,
    pub(crate) user: Id<User>,
    /// Version of the change that caused the check; later changes make it obsolete.
    pub(crate) change: u64,
    /// Time at which a device went offline; `None` if one came online, or for a
    /// periodic check.
    pub(crate) offline_at: Option<Timestamp>,
}

/// Handle to the task that checks presence.
pub(crate) struct Reconciler(mpsc::Sender<PresenceCheck>);

/// The task that checks presence.
pub(crate) struct ReconcilerTask(mpsc::Receiver<PresenceCheck>);

impl Reconciler {
    /// Creates the handle and the task to [serve](ReconcilerTask::serve).
    pub(crate) fn new() -> (Self, ReconcilerTask) {
        let (sender, receiver) = mpsc::channel(limit::PRESENCE_QUEUE);
        (Self(sender), ReconcilerTask(receiver))
    }

    /// Queues a check. A check dropped by a full queue is made up for by the device's
    /// next renewal or the next periodic check.
    pub(crate) fn add(&self, check: PresenceCheck) {
        if self.0.try_send(check).is_err() {
            tracing::debug!("presence check queue full, dropping");
        }
    }
}

impl ReconcilerTask {
    /// Checks queued users, and periodically all users shown as online without a
    /// connection here. A crashed node writes no offline state.
    pub(crate) async fn serve(mut self, hub: Weak<Inner>) {
        let mut ticks = interval(RENEWAL_INTERVAL);
        ticks.set_missed_tick_behavior(MissedTickBehavior::Delay);
        loop {
            let mut checks = Vec::new();
            tokio::select! {
                count = self.0.recv_many(&mut checks, BATCH) => if count == 0 { return },
                _ = ticks.tick() => {}
            }
            let Some(hub) = hub.upgrade() else { return };
            let batch = if checks.is_empty() {
                hub.remote_online_users()
            } else {
                checks
            };
            let hub = &hub;
            // A slow tenant delays only the checks after this batch.
            let tenants = iter(group_by_tenant(batch, |check| check.tenant.id()).into_values());
            tenants
                .for_each_concurrent(MAX_CONCURRENT_TENANTS, async |checks| {
                    for checks in checks.chunks(limit::PRESENCE_WATCHED) {
                        catch_panic(check(hub, checks)).await;
                    }
                })
                .await;
        }
    }
}

/// Reads the presence of one tenant's users with one statement and sends it to their
/// watchers.
async fn check(hub: &Inner, checks: &[PresenceCheck]) {
    let Some(PresenceCheck { tenant, .. }) = checks.first() else {
        return;
    };
    let users: Vec<_> = checks.iter().map(|check| check.user).collect();
    let seen = match presence_of(tenant, &users).await {
        Ok(seen) => seen,
        // The next periodic check or the device's next renewal repeats it.
        Err(failure) => {
            return tracing::debug!(error = %failure, "failed to read presence");
        }
    };
    for check in checks {
        let seen = seen.get(&check.user);
        let last_seen_at = check
            .offline_at
            .max(seen.and_then(|seen| seen.last_seen_at));
        hub.publish_presence(check, seen.is_some_and(|seen| seen.online), last_seen_at);
    }
}
