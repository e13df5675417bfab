//! Who came and who went, written a little later and together: after a
//! restart everybody comes at once.

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
use crate::catch_panic::contained;
use crate::connection::Connection;

/// How long others are waited for once something was written. Whoever comes
/// alone is written at once.
const RETRY_DELAY: Duration = Duration::from_millis(20);

/// Devices whose presence is written together.
const TOGETHER: usize = 64;

/// The way to the one task that writes presence, in the order of the reports.
pub(crate) struct PresenceWriter {
    reports: mpsc::Sender<Report>,
    sightings: LastSeenUpdates,
}

/// The other end of it.
pub(crate) struct Inbox {
    reports: mpsc::Receiver<Report>,
    sightings: LastSeenUpdates,
}

struct Report {
    /// Of whom; nobody, when only the writing of what came before is waited for.
    of: Option<(Arc<Connection>, Change)>,
    written: Option<oneshot::Sender<Result<()>>>,
}

/// What there is to say of a connection's device.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// It came, or is still there.
    Online,
    /// It went.
    Offline {
        /// Whether it was its user's last one here.
        last: bool,
    },
}

impl PresenceWriter {
    /// A way, and the ends to be served: of the reports, and of who was here.
    pub(crate) fn new() -> (Self, Inbox, last_seen::Inbox) {
        let (sender, reports) = mpsc::channel(limit::PRESENCE_QUEUE);
        let (sightings, seen) = LastSeenUpdates::new();
        (
            Self {
                reports: sender,
                sightings: sightings.clone(),
            },
            Inbox { reports, sightings },
            seen,
        )
    }

    /// A device came, or is still there: its user is online unless the client
    /// does not let them show.
    pub(crate) fn there(&self, connection: &Arc<Connection>) {
        self.note(connection, Change::Online);
    }

    /// A device went. With the user's last one it is noted when they were here.
    pub(crate) fn went(&self, connection: &Arc<Connection>, last: bool) {
        self.note(connection, Change::Offline { last });
    }

    /// Says the same as [`PresenceWriter::there`] now; the future waits until it is written.
    pub(crate) fn written(
        &self,
        connection: &Arc<Connection>,
    ) -> impl Future<Output = Result<()>> + use<> {
        let (sender, written) = oneshot::channel();
        let of = Some((Arc::clone(connection), Change::Online));
        let taken = self
            .reports
            .try_send(Report {
                of,
                written: Some(sender),
            })
            .map_err(|_| unavailable());
        async {
            taken?;
            written.await.unwrap_or_else(|_| Err(unavailable()))
        }
    }

    /// Waits until everything that was said before is written.
    pub(crate) async fn settled(&self) {
        let (sender, written) = oneshot::channel();
        if self
            .reports
            .send(Report {
                of: None,
                written: Some(sender),
            })
            .await
            .is_ok()
        {
            // Without an answer it cannot be written any more.
            let _ = written.await;
        }
        self.sightings.settled().await;
    }

    /// Presence is of the moment: when it cannot be taken, nothing else suffers.
    fn note(&self, connection: &Arc<Connection>, change: Change) {
        let of = Some((Arc::clone(connection), change));
        if self.reports.try_send(Report { of, written: None }).is_err() {
            tracing::debug!("too many came and went for their presence to be noted");
        }
    }
}

fn unavailable() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "The presence cannot be written now.",
    )
    .retry_after_ms(1_000)
}

impl Inbox {
    /// Writes what is reported until nobody can report any more.
    pub(crate) async fn serve(mut self) {
        let mut reports = Vec::new();
        while self.reports.recv_many(&mut reports, TOGETHER).await > 0 {
            let more_wait = reports.len() == TOGETHER;
            contained(write(std::mem::take(&mut reports), &self.sightings)).await;
            if !more_wait {
                sleep(RETRY_DELAY).await;
            }
        }
    }
}

/// A device, and whose.
type Device<'a> = (TenantId, Id<User>, &'a str);

fn device(connection: &Connection) -> Device<'_> {
    (connection.tenant_id(), connection.user, &connection.device)
}

/// What was said last of each device.
type Last<'a> = HashMap<Device<'a>, (&'a Arc<Connection>, Change)>;

/// Writes what was said last of each device, has noted who was seen, and answers who waits for it.
async fn write(reports: Vec<Report>, sightings: &LastSeenUpdates) {
    let (said, waiting): (Vec<_>, Vec<_>) = reports
        .into_iter()
        .map(|report| (report.of, report.written))
        .unzip();
    let mut last = Last::new();
    for (connection, change) in said.iter().flatten() {
        last.insert(device(connection), (connection, *change));
    }
    let written = write_all(&last).await;
    // Whoever is answered may wait for what was seen next.
    for (connection, change) in last.into_values() {
        match change {
            Change::Online if connection.named => sightings.device(connection),
            // A user who hides is not seen.
            Change::Offline { last: true } if connection.state.lock().shows_online => {
                sightings.user(connection);
            }
            Change::Online | Change::Offline { .. } => {}
        }
    }
    for (of, waiting) in said.iter().zip(waiting) {
        let outcome = of
            .as_ref()
            .and_then(|(connection, _)| written.get(&device(connection)).cloned());
        // Whoever waited may be gone; it is written all the same.
        let _ = waiting.map(|waiting| waiting.send(outcome.unwrap_or(Ok(()))));
    }
}

async fn write_all<'a>(last: &Last<'a>) -> HashMap<Device<'a>, Result<()>> {
    // Who looks for a user's other devices because one went must find those that came before.
    let (there, went): (Vec<_>, Vec<_>) = last
        .iter()
        .partition(|(_, (_, change))| matches!(change, Change::Online));
    let mut written = HashMap::new();
    for some in [there, went] {
        let writing = some
            .into_iter()
            .map(|(device, (connection, change))| async move {
                let written = write_one(connection, *change).await;
                if let Err(failure) = &written {
                    tracing::debug!(error = %failure, "presence could not be written");
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
