//! The first frame: authenticates the client and resumes its cursors.

use std::collections::{BTreeMap, HashMap};
use std::sync::Arc;
use std::sync::atomic::AtomicUsize;
use std::time::Duration;

use axum::extract::ws::{Message, WebSocket};
use base::{Error, Id, Result, limit};
use domain::auth::{Admitted, AuthContext, Entry};
use domain::messaging::Conversation;
use parking_lot::Mutex;
use store::Head;
use tokio::time::timeout;
use wire::frames::{
    ClientFrame, CloseReason, ErrorFrame, Hello, Ready, Received, Reset, Seq, ServerFrame,
    UserReset, receive as read,
};

use crate::connection::{Connection, State};
use crate::frame::encode;
use crate::hub::{Hub, Inner, Registration, StreamReset, close_reason};
use crate::router::Peer;
use crate::send_queue::SendQueue;

use super::read_error_reason;

const HELLO_TIMEOUT: Duration = Duration::from_secs(limit::HELLO_SECONDS as u64);

/// Number of control frames that a client may send before its hello.
const MAX_CONTROL_FRAMES: usize = 8;

/// Shortest time after which a rejected client may retry, in milliseconds.
const RETRY_MS: u64 = 1_000;

/// Reason for rejecting a connection, and the time until the client may retry, in
/// milliseconds.
type Rejection = (CloseReason, Option<u64>);

/// Waits for the hello and registers the connection; `None` if the client disconnected.
/// Invalid tokens and frames are counted by address.
pub(super) async fn receive(
    hub: &Hub,
    socket: &mut WebSocket,
    peer: &Peer,
) -> Result<Option<Registration>, Rejection> {
    let authenticator = &hub.0.authenticator;
    authenticator
        .check_address(peer.client)
        .map_err(|failure| (CloseReason::TryLater, failure.retry_after_ms))?;
    let received = receive_from(hub, socket, peer.entry()).await;
    if let Err((
        CloseReason::NotAuthenticated
        | CloseReason::InvalidHello
        | CloseReason::TokenExpired
        | CloseReason::Revoked,
        _,
    )) = received
    {
        authenticator.charge_address(peer.client);
    }
    received
}

async fn receive_from(
    hub: &Hub,
    socket: &mut WebSocket,
    entry: Entry<'_>,
) -> Result<Option<Registration>, Rejection> {
    let hello = match timeout(HELLO_TIMEOUT, receive_hello(hub, socket)).await {
        Ok(Some(hello)) => hello.map_err(|reason| (reason, None))?,
        Ok(None) => return Ok(None),
        Err(_) => return Err((CloseReason::NotAuthenticated, None)),
    };
    let rejection = |failure: Error| {
        tracing::debug!(error = %failure, "connection rejected");
        let retry_after_ms = failure.retry_after_ms.map(|wait| wait.max(RETRY_MS));
        (
            close_reason(failure.code).unwrap_or(CloseReason::TryLater),
            retry_after_ms,
        )
    };
    enter_from(hub, hello, entry)
        .await
        .map(Some)
        .map_err(rejection)
}

async fn receive_hello(hub: &Hub, socket: &mut WebSocket) -> Option<Result<Hello, CloseReason>> {
    for _ in 0..MAX_CONTROL_FRAMES {
        let message = match socket.recv().await? {
            Ok(message) => message,
            Err(error) => return read_error_reason(error).map(Err),
        };
        let Received { reference, frame } = match &message {
            Message::Text(text) => read(text.as_bytes()),
            Message::Binary(_) => read(b""),
            Message::Ping(_) | Message::Pong(_) => continue,
            Message::Close(_) => return None,
        };
        let failure = match frame {
            Ok(ClientFrame::Hello(hello)) => return Some(Ok(hello)),
            Ok(_) => Error::invalid("/t", "The first frame must be a hello."),
            Err(failure) => failure,
        };
        let request_id = hub.0.context.new_object_id().to_string();
        let error = ServerFrame::Error(Box::new(ErrorFrame::new(&failure, reference, request_id)));
        // The close frame follows whether or not the client takes this one.
        let _ = timeout(
            super::WRITE_TIMEOUT,
            socket.send(Message::Text(encode(&error))),
        )
        .await;
        return Some(Err(CloseReason::InvalidHello));
    }
    Some(Err(CloseReason::NotAuthenticated))
}

/// Checks whether a user may connect, without connecting them.
///
/// # Errors
/// 401, 403, 429, and 503 when the server stops.
pub(crate) async fn admit(hub: &Hub, token: &str, entry: Entry<'_>) -> Result<AuthContext> {
    if hub.0.is_closing() {
        return Err(Error::new(
            base::ErrorCode::Unavailable,
            "The server is restarting; retry later.",
        )
        .retry_after_ms(RETRY_MS));
    }
    let presented = hub.0.authenticator.present_token(token).await?;
    let Admitted { caller, .. } = presented.admit(entry).await?;
    Ok(caller)
}

/// Registers a client and queues its first frames. Used by sockets and event streams.
pub(crate) async fn enter_from(hub: &Hub, hello: Hello, entry: Entry<'_>) -> Result<Registration> {
    let caller = admit(hub, &hello.token, entry).await?;
    register(hub, caller, hello).await
}

/// Registers a client whose address is unknown.
#[cfg(test)]
pub(crate) async fn enter(hub: &Hub, hello: Hello, origin: Option<&str>) -> Result<Registration> {
    enter_from(hub, hello, Entry::from(origin)).await
}

/// Registers the connection of an admitted caller and queues its first frames.
async fn register(hub: &Hub, caller: AuthContext, hello: Hello) -> Result<Registration> {
    let tenant = caller.tenant.clone();
    let user = caller.actor.user()?;
    let id = hub.0.next_id();
    let is_device_named = hello.device_id.is_some();
    if let Some(device) = &hello.device_id {
        hub.0
            .device_ids
            .count((tenant.id(), user), device, tenant.context().now())?;
    }
    // No connection of another node may have the same device ID.
    let device = hello
        .device_id
        .unwrap_or_else(|| format!("connection-{}", tenant.context().new_object_id()));
    let watched = std::collections::HashSet::new();
    let user_log = std::sync::Weak::new();
    let state = State {
        auth: caller.clone(),
        blocked: Vec::new(),
        subscriptions: Vec::new(),
        user_log,
        watched,
        watched_in: None,
        shows_online: true,
        typing: Vec::new(),
        has_ended: false,
    };
    let send_queue = SendQueue::new(hub.0.authenticator.clone(), tenant.id(), user);
    let receipts = crate::pending_receipts::PendingReceipts::default();
    let state = Mutex::new(state);
    let connection = Arc::new(Connection {
        id,
        tenant,
        user,
        device,
        is_device_named,
        send_queue,
        receipts,
        state,
        rejected: AtomicUsize::new(0),
    });
    let mut registration = Registration::new(hub, connection);
    // An event of a revocation between authentication and registration found no connection.
    hub.0.authenticator.check(&caller).await?;
    complete_handshake(
        hub,
        &registration,
        &hello.cursors,
        hello.user_cursor,
        hello.epoch.as_deref(),
    )
    .await?;
    // A session that ended before the subscription to the user's log closes nothing.
    if caller.session().is_some() {
        hub.0.authenticator.check(&caller).await?;
    }
    registration.set_ready();
    Ok(registration)
}

async fn complete_handshake(
    hub: &Hub,
    connection: &Arc<Connection>,
    cursors: &HashMap<Id<Conversation>, Seq>,
    user_cursor: Option<Seq>,
    epoch: Option<&str>,
) -> Result<()> {
    let (heads, user_head) = tokio::join!(
        hub.0.subscribe_all(connection),
        hub.0.subscribe_user_log(connection)
    );
    let heads = heads?;
    let user_head = user_head?;
    let current_epoch = connection.tenant_id().object_id().to_string();
    send_ready(connection, &heads, user_head, &current_epoch);
    // Cursors of another epoch refer to records of a previous store.
    let none = HashMap::new();
    let same = epoch.is_none_or(|epoch| epoch == current_epoch);
    send_resets(
        connection,
        hub.0
            .begin(connection, &heads, if same { cursors } else { &none }),
    );
    if let Some(reason) = Inner::begin_user_log(connection, user_head, user_cursor.filter(|_| same))
    {
        connection
            .send_queue
            .push_response(encode(&ServerFrame::UserReset(UserReset { reason })));
    }
    Ok(())
}

fn send_ready(
    connection: &Connection,
    heads: &HashMap<Id<Conversation>, Head>,
    user_seq: i64,
    epoch: &str,
) {
    let all: Vec<_> = heads.iter().map(|(id, head)| (*id, head.seq)).collect();
    let pages = all.len().div_ceil(limit::RESUME_CURSORS).max(1);
    for page in 0..pages {
        let heads: BTreeMap<_, _> = all
            .iter()
            .skip(page.saturating_mul(limit::RESUME_CURSORS))
            .take(limit::RESUME_CURSORS)
            .copied()
            .collect();
        let more = page.saturating_add(1) < pages;
        connection
            .send_queue
            .push_response(encode(&ServerFrame::Ready(Ready {
                epoch: epoch.to_owned(),
                heads,
                more,
                user_seq,
            })));
    }
}

/// Queues a `reset` for each conversation that the client must read again.
pub(super) fn send_resets(connection: &Connection, resets: Vec<StreamReset>) {
    for StreamReset {
        conversation,
        reason,
    } in resets
    {
        let send_resets = Reset {
            conversation_id: conversation,
            reason,
        };
        connection
            .send_queue
            .push_response(encode(&ServerFrame::Reset(send_resets)));
    }
}

#[cfg(test)]
mod tests {
    use base::ErrorCode;

    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn client_that_becomes_invalid_before_its_registration_is_rejected() {
        let world = World::new().await;
        let (_, hello) = world.user("bob").await;
        let hub = world.node();
        let origin = Some("https://theirs.example");
        let caller = admit(&hub, &hello.token, Entry::from(origin))
            .await
            .unwrap();

        world.set_origin("https://ours.example").await;
        let registered = register(&hub, caller, hello).await;

        assert_eq!(registered.err().unwrap().code, ErrorCode::OriginNotAllowed);
        assert_eq!(hub.stats().connections, 0);
    }
}
