//! Writes online and offline states in batches, because all clients reconnect at once
//! after a restart.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Error, ErrorCode, Id, Result, TenantId, limit};
use domain::messaging::{end_presence, set_presence};
use domain::users::User;
use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use super::last_seen::{self, LastSeenUpdates};
use crate::catch_panic::catch_panic;
use crate::connection::Connection;

/// Time to collect further updates after a write. A single update is written
/// immediately.
const DEBOUNCE: Duration = Duration::from_millis(20);

/// Number of devices written together.
const BATCH: usize = 64;

/// Handle to the task that writes presence, in the order of the updates.
pub(crate) struct PresenceWriter {
    updates: mpsc::Sender<PresenceUpdate>,
    last_seen: LastSeenUpdates,
}

/// The task that writes presence.
pub(crate) struct PresenceWriterTask {
    updates: mpsc::Receiver<PresenceUpdate>,
    last_seen: LastSeenUpdates,
}

struct PresenceUpdate {
    /// The connection and its change; `None` only waits for earlier updates.
    change: Option<(Arc<Connection>, Change)>,
    written: Option<oneshot::Sender<Result<()>>>,
}

/// A change of a device's online state.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// The device is online, or still online.
    Online,
    /// The device is offline.
    Offline {
        /// Whether it was the user's last device here.
        last: bool,
    },
}

impl PresenceWriter {
    /// Creates the presence writer's handle and its two worker ends.
    pub(crate) fn new() -> (Self, PresenceWriterTask, last_seen::LastSeenTask) {
        let (sender, updates) = mpsc::channel(limit::PRESENCE_QUEUE);
        let (last_seen, seen) = LastSeenUpdates::new();
        (
            Self {
                updates: sender,
                last_seen: last_seen.clone(),
            },
            PresenceWriterTask { updates, last_seen },
            seen,
        )
    }

    /// Queues a device as online. The user is shown as online unless the client hides
    /// it.
    pub(crate) fn set_online(&self, connection: &Arc<Connection>) {
        self.enqueue(connection, Change::Online);
    }

    /// Queues a device as offline. With the user's last device, `last_seen_at` is
    /// updated.
    pub(crate) fn set_offline(&self, connection: &Arc<Connection>, last: bool) {
        self.enqueue(connection, Change::Offline { last });
    }

    /// Queues the same as [`PresenceWriter::set_online`] immediately. The future waits
    /// until it is written.
    pub(crate) fn set_online_written(
        &self,
        connection: &Arc<Connection>,
    ) -> impl Future<Output = Result<()>> + use<> {
        let (sender, written) = oneshot::channel();
        let change = Some((Arc::clone(connection), Change::Online));
        let queued = self
            .updates
            .try_send(PresenceUpdate {
                change,
                written: Some(sender),
            })
            .map_err(|_| unavailable());
        async {
            queued?;
            written.await.unwrap_or_else(|_| Err(unavailable()))
        }
    }

    /// Waits until all earlier updates are written.
    pub(crate) async fn settled(&self) {
        let (sender, written) = oneshot::channel();
        if self
            .updates
            .send(PresenceUpdate {
                change: None,
                written: Some(sender),
            })
            .await
            .is_ok()
        {
            // Without a response, the task has ended.
            let _ = written.await;
        }
        self.last_seen.settled().await;
    }

    /// Queues an update. Presence is transient: an update is dropped if the queue is
    /// full.
    fn enqueue(&self, connection: &Arc<Connection>, change: Change) {
        let change = Some((Arc::clone(connection), change));
        if self
            .updates
            .try_send(PresenceUpdate {
                change,
                written: None,
            })
            .is_err()
        {
            tracing::debug!("presence queue full, dropping update");
        }
    }
}

fn unavailable() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Presence cannot be written at the moment; retry later.",
    )
    .retry_after_ms(1_000)
}

impl PresenceWriterTask {
    /// Writes updates until every handle is dropped.
    pub(crate) async fn serve(mut self) {
        let mut updates = Vec::new();
        while self.updates.recv_many(&mut updates, BATCH).await > 0 {
            let more_wait = updates.len() == BATCH;
            catch_panic(write(std::mem::take(&mut updates), &self.last_seen)).await;
            if !more_wait {
                sleep(DEBOUNCE).await;
            }
        }
    }
}

/// A device, identified by tenant, user and device ID.
type Device<'a> = (TenantId, Id<User>, &'a str);

fn device(connection: &Connection) -> Device<'_> {
    (connection.tenant_id(), connection.user, &connection.device)
}

/// The latest change of each device.
type LatestChanges<'a> = HashMap<Device<'a>, (&'a Arc<Connection>, Change)>;

/// Writes the latest change per device, queues last-seen updates and completes waiting
/// callers.
async fn write(updates: Vec<PresenceUpdate>, last_seen: &LastSeenUpdates) {
    let (changes, waiters): (Vec<_>, Vec<_>) = updates
        .into_iter()
        .map(|update| (update.change, update.written))
        .unzip();
    let mut latest = LatestChanges::new();
    for (connection, change) in changes.iter().flatten() {
        latest.insert(device(connection), (connection, *change));
    }
    let written = write_all(&latest).await;
    // A completed caller may wait for the last-seen updates next.
    for (connection, change) in latest.into_values() {
        match change {
            Change::Online if connection.is_device_named => last_seen.device(connection),
            // A hidden user leaves no last-seen time.
            Change::Offline { last: true } if connection.state.lock().shows_online => {
                last_seen.user(connection);
            }
            Change::Online | Change::Offline { .. } => {}
        }
    }
    for (change, waiter) in changes.iter().zip(waiters) {
        let outcome = change
            .as_ref()
            .and_then(|(connection, _)| written.get(&device(connection)).cloned());
        // The caller may have stopped waiting; the update is written anyway.
        let _ = waiter.map(|waiter| waiter.send(outcome.unwrap_or(Ok(()))));
    }
}

async fn write_all<'a>(latest: &LatestChanges<'a>) -> HashMap<Device<'a>, Result<()>> {
    // A check caused by an offline state must find the online states queued before it.
    let (online, offline): (Vec<_>, Vec<_>) = latest
        .iter()
        .partition(|(_, (_, change))| matches!(change, Change::Online));
    let mut written = HashMap::new();
    for group in [online, offline] {
        let writing = group
            .into_iter()
            .map(|(device, (connection, change))| async move {
                let written = write_one(connection, *change).await;
                if let Err(failure) = &written {
                    tracing::debug!(error = %failure, "failed to write presence");
                }
                (*device, written)
            });
        written.extend(join_all(writing).await);
    }
    written
}

async fn write_one(connection: &Connection, change: Change) -> Result<()> {
    let Connection {
        tenant,
        user,
        device,
        ..
    } = connection;
    let shown = connection.state.lock().shows_online;
    match change {
        Change::Online => set_presence(tenant, *user, device, shown).await,
        Change::Offline { .. } => end_presence(tenant, *user, device, shown).await,
    }
}
