//! Who came and who went, written a little later and together: after a
//! restart everybody comes at once.

use std::collections::HashMap;
use std::sync::Arc;
use std::time::Duration;

use base::{Code, Failure, Id, Result, TenantId, limit};
use domain::devices;
use domain::messaging::{end_presence, set_presence};
use domain::users::{self, User};
use futures_util::future::join_all;
use tokio::sync::{mpsc, oneshot};
use tokio::time::sleep;

use crate::connection::Connection;

/// How long others are waited for once something was written. Whoever comes
/// alone is written at once.
const PAUSE: Duration = Duration::from_millis(20);

/// Devices of which it is written at once; their writes are in memory together.
const TOGETHER: usize = 32;

/// The way to the one task that writes presence, in the order of the reports.
pub(crate) struct Reports(mpsc::Sender<Report>);

/// The other end of it.
pub(crate) struct Inbox(mpsc::Receiver<Report>);

struct Report {
    /// Of whom; nobody, when only the writing of what came before is waited for.
    of: Option<(Arc<Connection>, Change)>,
    written: Option<oneshot::Sender<Result<()>>>,
}

/// What there is to say of a connection's device.
#[derive(Debug, Clone, Copy)]
enum Change {
    /// It came, or is still there.
    There,
    /// It went.
    Went {
        /// Whether it was its user's last one here.
        last: bool,
    },
}

impl Reports {
    /// A way, and the end to be [served](Inbox::serve).
    pub(crate) fn new() -> (Self, Inbox) {
        let (sender, receiver) = mpsc::channel(limit::PRESENCE_QUEUE);
        (Self(sender), Inbox(receiver))
    }

    /// A device came, or is still there: its user is online.
    pub(crate) fn there(&self, connection: &Arc<Connection>) {
        self.note(connection, Change::There);
    }

    /// A device went. With the user's last one it is noted when they were here.
    pub(crate) fn went(&self, connection: &Arc<Connection>, last: bool) {
        self.note(connection, Change::Went { last });
    }

    /// Says the same as [`Reports::there`], and waits until it is written.
    pub(crate) async fn written(&self, connection: &Arc<Connection>) -> Result<()> {
        let (sender, written) = oneshot::channel();
        let of = Some((Arc::clone(connection), Change::There));
        self.0.try_send(Report { of, written: Some(sender) }).map_err(|_| unavailable())?;
        written.await.unwrap_or_else(|_| Err(unavailable()))
    }

    /// Waits until everything that was said before is written.
    pub(crate) async fn settled(&self) {
        let (sender, written) = oneshot::channel();
        if self.0.send(Report { of: None, written: Some(sender) }).await.is_ok() {
            // Without an answer there is nobody left who writes.
            let _ = written.await;
        }
    }

    /// Presence is of the moment: when it cannot be taken, nothing else suffers.
    fn note(&self, connection: &Arc<Connection>, change: Change) {
        let of = Some((Arc::clone(connection), change));
        if self.0.try_send(Report { of, written: None }).is_err() {
            tracing::debug!("too many came and went for their presence to be noted");
        }
    }
}

fn unavailable() -> Failure {
    Failure::new(Code::Unavailable, "The presence cannot be written now.").retry_after_ms(1_000)
}

impl Inbox {
    /// Writes what is reported until nobody can report any more.
    pub(crate) async fn serve(mut self) {
        let mut reports = Vec::new();
        while self.0.recv_many(&mut reports, TOGETHER).await > 0 {
            let more_wait = reports.len() == TOGETHER;
            write(std::mem::take(&mut reports)).await;
            if !more_wait {
                sleep(PAUSE).await;
            }
        }
    }
}

/// A device, and whose.
type Device<'a> = (TenantId, Id<User>, &'a str);

fn device(connection: &Connection) -> Device<'_> {
    (connection.tenant_id(), connection.user, &connection.device)
}

/// Writes what was said last of each device, and answers who waits for it.
async fn write(reports: Vec<Report>) {
    let (said, waiting): (Vec<_>, Vec<_>) = reports.into_iter().map(|report| (report.of, report.written)).unzip();
    let mut last: HashMap<Device<'_>, (&Connection, Change)> = HashMap::new();
    for (connection, change) in said.iter().flatten() {
        last.insert(device(connection), (connection, *change));
    }
    let presence = last.iter().map(|(device, (connection, change))| async move {
        let written = write_presence(connection, *change).await;
        note(&written);
        (*device, written)
    });
    let (written, ()) = tokio::join!(join_all(presence), note_devices(last.values()));
    let written: HashMap<_, _> = written.into_iter().collect();
    for (of, waiting) in said.iter().zip(waiting) {
        let outcome = of.as_ref().and_then(|(connection, _)| written.get(&device(connection)).cloned());
        // Whoever waited may be gone; it is written all the same.
        let _ = waiting.map(|waiting| waiting.send(outcome.unwrap_or(Ok(()))));
    }
}

async fn write_presence(connection: &Connection, change: Change) -> Result<()> {
    let Connection { tenant, user, device, .. } = connection;
    match change {
        Change::There => {
            let online = connection.state.lock().shows_online;
            set_presence(tenant, *user, device, online).await
        }
        Change::Went { last } => {
            if last {
                // First, so that who asks behind the end of the presence is told when they were here.
                note(&users::saw(tenant, *user).await);
            }
            end_presence(tenant, *user, device).await
        }
    }
}

/// Notes of registered devices that they were there: those to which the
/// client gave a name.
async fn note_devices<'a>(last: impl Iterator<Item = &'a (&'a Connection, Change)>) {
    let mut there: HashMap<TenantId, Vec<&Connection>> = HashMap::new();
    for (connection, _) in last.filter(|(connection, change)| connection.named && matches!(change, Change::There)) {
        there.entry(connection.tenant_id()).or_default().push(connection);
    }
    let noted = there.values().filter_map(|connections| {
        let tenant = &connections.first()?.tenant;
        let devices: Vec<_> =
            connections.iter().map(|connection| (connection.user, connection.device.as_str())).collect();
        Some(async move { devices::seen(tenant, &devices).await })
    });
    join_all(noted).await.iter().for_each(note);
}

/// Nothing else suffers from what could not be written.
fn note(written: &Result<()>) {
    if let Err(failure) = written {
        tracing::debug!(error = %failure, "presence could not be written");
    }
}
