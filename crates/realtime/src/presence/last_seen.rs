//! When users and registered devices were here, for good. Nothing waits for
//! it, and a tenant whose store is slow holds up no other's.

use std::collections::HashMap;
use std::sync::Arc;

use base::{Id, Result, TenantId, limit};
use domain::devices;
use domain::users::{self, User};
use futures_util::StreamExt;
use futures_util::future::join_all;
use futures_util::stream::FuturesUnordered;
use tokio::sync::{mpsc, oneshot};

use crate::catch_panic::contained;
use crate::connection::Connection;

/// Sightings that are taken in together.
const TOGETHER: usize = 32;

/// Tenants of which something may be under way before more is taken in.
const UNDER_WAY: usize = 16;

/// The way to the task that notes who was here. Cheap to clone.
#[derive(Clone)]
pub(super) struct LastSeenUpdates(mpsc::Sender<LastSeenUpdate>);

/// The other end of it.
pub(crate) struct Inbox(mpsc::Receiver<LastSeenUpdate>);

enum LastSeenUpdate {
    /// A device is here that its client gave a name.
    Device(Arc<Connection>),
    /// A user was here until now.
    User(Arc<Connection>),
    /// Somebody waits for what came before.
    Settle(oneshot::Sender<()>),
}

impl LastSeenUpdates {
    /// A way, and the end to be [served](Inbox::serve).
    pub(super) fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(limit::PRESENCE_QUEUE);
        (Self(sender), Inbox(receiver))
    }

    pub(super) fn device(&self, connection: &Arc<Connection>) {
        self.note(LastSeenUpdate::Device(Arc::clone(connection)));
    }

    pub(super) fn user(&self, connection: &Arc<Connection>) {
        self.note(LastSeenUpdate::User(Arc::clone(connection)));
    }

    /// Waits until what was seen before is noted.
    pub(super) async fn settled(&self) {
        let (sender, settled) = oneshot::channel();
        if self.0.send(LastSeenUpdate::Settle(sender)).await.is_ok() {
            // Without an answer there is nobody left who notes.
            let _ = settled.await;
        }
    }

    fn note(&self, sighting: LastSeenUpdate) {
        if self.0.try_send(sighting).is_err() {
            tracing::debug!("too many were seen for all to be noted");
        }
    }
}

/// What was seen of one tenant.
#[derive(Default)]
struct Seen {
    devices: Vec<Arc<Connection>>,
    users: Vec<Arc<Connection>>,
}

impl Inbox {
    /// Notes what is seen until nobody can see any more.
    pub(crate) async fn serve(mut self) {
        let mut some = Vec::new();
        let mut under_way = FuturesUnordered::new();
        loop {
            tokio::select! {
                count = self.0.recv_many(&mut some, TOGETHER), if under_way.len() < UNDER_WAY => {
                    if count == 0 {
                        break;
                    }
                    let mut waiting = Vec::new();
                    let of_tenants = by_tenant(some.drain(..), &mut waiting);
                    under_way.extend(of_tenants.into_values().map(|seen| contained(note(seen))));
                    if !waiting.is_empty() {
                        while under_way.next().await.is_some() {}
                        for waiting in waiting {
                            // Who waited may be gone.
                            let _ = waiting.send(());
                        }
                    }
                }
                Some(_) = under_way.next() => {}
            }
        }
        while under_way.next().await.is_some() {}
    }
}

fn by_tenant(
    some: impl Iterator<Item = LastSeenUpdate>,
    waiting: &mut Vec<oneshot::Sender<()>>,
) -> HashMap<TenantId, Seen> {
    let mut seen: HashMap<TenantId, Seen> = HashMap::new();
    for sighting in some {
        match sighting {
            LastSeenUpdate::Device(connection) => seen
                .entry(connection.tenant_id())
                .or_default()
                .devices
                .push(connection),
            LastSeenUpdate::User(connection) => seen
                .entry(connection.tenant_id())
                .or_default()
                .users
                .push(connection),
            LastSeenUpdate::Settle(sender) => waiting.push(sender),
        }
    }
    seen
}

async fn note(Seen { devices, users }: Seen) {
    let (devices, users) = tokio::join!(
        note_devices(&devices),
        join_all(users.iter().map(|user| note_user(user)))
    );
    for failure in users.into_iter().chain([devices]).filter_map(Result::err) {
        tracing::debug!(error = %failure, "when somebody was here could not be noted");
    }
}

async fn note_devices(connections: &[Arc<Connection>]) -> Result<()> {
    let Some(first) = connections.first() else {
        return Ok(());
    };
    let named: Vec<(Id<User>, &str)> = connections
        .iter()
        .map(|connection| (connection.user, connection.device.as_str()))
        .collect();
    devices::seen(&first.tenant, &named).await
}

async fn note_user(connection: &Connection) -> Result<()> {
    users::saw(&connection.tenant, connection.user).await
}
