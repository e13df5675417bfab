//! Updates `last_seen_at` of users and registered devices. No request waits for it, and
//! a slow tenant does not delay others.

use std::sync::Arc;

use base::{Id, Result, limit};
use domain::devices;
use domain::users::{self, User};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use crate::catch_panic::catch_panic;
use crate::connection::Connection;
use crate::group_by_tenant::group_by_tenant;

/// Number of updates received together.
const BATCH: usize = 32;

/// Number of tenants with updates in flight before more are received.
const MAX_IN_FLIGHT: usize = 16;

/// Handle to the task that writes last-seen updates. Cheap to clone.
#[derive(Clone)]
pub(super) struct LastSeenUpdates(mpsc::Sender<LastSeenUpdate>);

/// The task that writes last-seen updates.
pub(crate) struct LastSeenTask(mpsc::Receiver<LastSeenUpdate>);

enum LastSeenUpdate {
    Seen(Arc<Connection>, Kind),
    /// Completes when all earlier updates are written.
    Flush(oneshot::Sender<()>),
}

/// The kind of a last-seen update.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// A device with an ID chosen by its client is online.
    Device,
    /// A user was online until now.
    User,
}

impl LastSeenUpdates {
    /// Creates the handle and the task to [serve](LastSeenTask::serve).
    pub(super) fn new() -> (Self, LastSeenTask) {
        let (sender, receiver) = mpsc::channel(limit::PRESENCE_QUEUE);
        (Self(sender), LastSeenTask(receiver))
    }

    pub(super) fn device(&self, connection: &Arc<Connection>) {
        self.enqueue(LastSeenUpdate::Seen(Arc::clone(connection), Kind::Device));
    }

    pub(super) fn user(&self, connection: &Arc<Connection>) {
        self.enqueue(LastSeenUpdate::Seen(Arc::clone(connection), Kind::User));
    }

    /// Waits until all earlier updates are written.
    pub(super) async fn settled(&self) {
        let (sender, settled) = oneshot::channel();
        if self.0.send(LastSeenUpdate::Flush(sender)).await.is_ok() {
            // Without a response, the task has ended.
            let _ = settled.await;
        }
    }

    fn enqueue(&self, update: LastSeenUpdate) {
        if self.0.try_send(update).is_err() {
            tracing::debug!("last-seen queue full, dropping update");
        }
    }
}

impl LastSeenTask {
    /// Writes updates until every handle is dropped.
    pub(crate) async fn serve(mut self) {
        let mut updates = Vec::new();
        let mut in_flight = FuturesUnordered::new();
        loop {
            tokio::select! {
                count = self.0.recv_many(&mut updates, BATCH), if in_flight.len() < MAX_IN_FLIGHT => {
                    if count == 0 {
                        break;
                    }
                    let mut seen = Vec::new();
                    let mut waiters = Vec::new();
                    for update in updates.drain(..) {
                        match update {
                            LastSeenUpdate::Seen(connection, kind) => seen.push((connection, kind)),
                            LastSeenUpdate::Flush(sender) => waiters.push(sender),
                        }
                    }
                    let tenants = group_by_tenant(seen, |(connection, _)| connection.tenant_id());
                    in_flight.extend(tenants.into_values().map(|seen| catch_panic(write(seen))));
                    if !waiters.is_empty() {
                        while in_flight.next().await.is_some() {}
                        for waiter in waiters {
                            // The caller may have stopped waiting.
                            let _ = waiter.send(());
                        }
                    }
                }
                Some(_) = in_flight.next() => {}
            }
        }
        while in_flight.next().await.is_some() {}
    }
}

/// Writes the updates of one tenant.
async fn write(seen: Vec<(Arc<Connection>, Kind)>) {
    let (devices, users): (Vec<_>, Vec<_>) =
        seen.iter().partition(|(_, kind)| *kind == Kind::Device);
    let (devices, users) = tokio::join!(
        update_devices(&devices),
        join_all(users.iter().map(|(connection, _)| update_user(connection)))
    );
    for failure in users.into_iter().chain([devices]).filter_map(Result::err) {
        tracing::debug!(error = %failure, "failed to update last_seen_at");
    }
}

async fn update_devices(connections: &[&(Arc<Connection>, Kind)]) -> Result<()> {
    let Some((first, _)) = connections.first() else {
        return Ok(());
    };
    let devices: Vec<(Id<User>, &str)> = connections
        .iter()
        .map(|(connection, _)| (connection.user, connection.device.as_str()))
        .collect();
    devices::seen(&first.tenant, &devices).await
}

async fn update_user(connection: &Connection) -> Result<()> {
    users::touch_last_seen(&connection.tenant, connection.user).await
}
