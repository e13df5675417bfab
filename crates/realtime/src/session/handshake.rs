//! The first frame: who is it, and from where do they go on.

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

use super::violation;

const PATIENCE: Duration = Duration::from_secs(limit::HELLO_SECONDS as u64);

/// Control frames that a client may send before its hello.
const PINGS: usize = 8;

/// How long a client waits that cannot be let in now, in milliseconds.
const RETRY_MS: u64 = 1_000;

/// Why a connection is refused, and when it may come back, in milliseconds.
type Refused = (CloseReason, Option<u64>);

/// Waits for the hello and lets the connection in; `None` when the client
/// went. A connection without a valid token is counted by its address.
pub(super) async fn receive(
    hub: &Hub,
    socket: &mut WebSocket,
    peer: &Peer,
) -> Result<Option<Registration>, Refused> {
    let door = &hub.0.door;
    door.check_address(peer.client)
        .map_err(|failure| (CloseReason::TryLater, failure.retry_after_ms))?;
    let received = receive_from(hub, socket, peer.origin.as_deref()).await;
    if let Err((
        CloseReason::NotAuthenticated
        | CloseReason::InvalidHello
        | CloseReason::TokenExpired
        | CloseReason::Revoked,
        _,
    )) = received
    {
        door.charge_address(peer.client);
    }
    received
}

async fn receive_from(
    hub: &Hub,
    socket: &mut WebSocket,
    origin: Option<&str>,
) -> Result<Option<Registration>, Refused> {
    let hello = match timeout(PATIENCE, first(hub, socket)).await {
        Ok(Some(hello)) => hello.map_err(|reason| (reason, None))?,
        Ok(None) => return Ok(None),
        Err(_) => return Err((CloseReason::NotAuthenticated, None)),
    };
    let refused = |failure: Error| {
        tracing::debug!(error = %failure, "a connection was refused");
        let retry_after_ms = failure.retry_after_ms.map(|wait| wait.max(RETRY_MS));
        (
            close_reason(failure.code).unwrap_or(CloseReason::TryLater),
            retry_after_ms,
        )
    };
    enter(hub, hello, origin).await.map(Some).map_err(refused)
}

async fn first(hub: &Hub, socket: &mut WebSocket) -> Option<Result<Hello, CloseReason>> {
    for _ in 0..PINGS {
        let message = match socket.recv().await? {
            Ok(message) => message,
            Err(error) => return violation(error).map(Err),
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
        let _ = timeout(super::STALL, socket.send(Message::Text(encode(&error)))).await;
        return Some(Err(CloseReason::InvalidHello));
    }
    Some(Err(CloseReason::NotAuthenticated))
}

/// Checks whether a user may connect, without connecting them.
///
/// # Errors
/// 401, 403, 429, and 503 when the server stops.
pub(crate) async fn admit(hub: &Hub, token: &str, origin: Option<&str>) -> Result<AuthContext> {
    if hub.0.is_closing() {
        return Err(
            Error::new(base::ErrorCode::Unavailable, "The server restarts.")
                .retry_after_ms(RETRY_MS),
        );
    }
    let presented = hub.0.door.present_token(token).await?;
    let Admitted { caller, .. } = presented.admit(Entry::from(origin)).await?;
    Ok(caller)
}

/// Lets a client in and queues its first frames. For sockets and streams alike.
pub(crate) async fn enter(hub: &Hub, hello: Hello, origin: Option<&str>) -> Result<Registration> {
    let caller = admit(hub, &hello.token, origin).await?;
    let tenant = caller.tenant.clone();
    let user = caller.actor.user()?;
    let number = hub.0.next_number();
    let named = hello.device_id.is_some();
    if let Some(device) = &hello.device_id {
        hub.0
            .device_names
            .count((tenant.id(), user), device, tenant.context().now())?;
    }
    // No other node's connection may have the same name.
    let device = hello
        .device_id
        .unwrap_or_else(|| format!("connection-{}", tenant.context().new_object_id()));
    let watched = std::collections::HashSet::new();
    let user_feed = std::sync::Weak::new();
    let state = State {
        caller,
        stalled: Vec::new(),
        feeds: Vec::new(),
        user_feed,
        watched,
        watched_in: None,
        shows_online: true,
        typing: Vec::new(),
        has_ended: false,
    };
    let outbox = SendQueue::new(hub.0.door.clone(), tenant.id(), user);
    let marks = crate::pending_receipts::PendingReceipts::default();
    let state = Mutex::new(state);
    let connection = Arc::new(Connection {
        number,
        tenant,
        user,
        device,
        named,
        outbox,
        marks,
        state,
        rejected: AtomicUsize::new(0),
    });
    let mut registration = Registration::new(hub, connection);
    greet(
        hub,
        &registration,
        &hello.cursors,
        hello.user_cursor,
        hello.epoch.as_deref(),
    )
    .await?;
    registration.greeted();
    Ok(registration)
}

async fn greet(
    hub: &Hub,
    connection: &Arc<Connection>,
    cursors: &HashMap<Id<Conversation>, Seq>,
    user_cursor: Option<Seq>,
    epoch: Option<&str>,
) -> Result<()> {
    let (heads, user_head) =
        tokio::join!(hub.0.follow_all(connection), hub.0.follow_user(connection));
    let heads = heads?;
    let user_head = user_head?;
    let present = connection.tenant_id().object_id().to_string();
    ready(connection, &heads, user_head, &present);
    // Cursors of another epoch count records of a store that is no more.
    let none = HashMap::new();
    let same = epoch.is_none_or(|epoch| epoch == present);
    reset(
        connection,
        hub.0
            .begin(connection, &heads, if same { cursors } else { &none }),
    );
    if let Some(reason) = Inner::begin_user(connection, user_head, user_cursor.filter(|_| same)) {
        connection
            .outbox
            .answer(encode(&ServerFrame::UserReset(UserReset { reason })));
    }
    Ok(())
}

fn ready(
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
        connection.outbox.answer(encode(&ServerFrame::Ready(Ready {
            epoch: epoch.to_owned(),
            heads,
            more,
            user_seq,
        })));
    }
}

/// Says which conversations the client must read anew.
pub(super) fn reset(connection: &Connection, lost: Vec<StreamReset>) {
    for StreamReset {
        conversation,
        reason,
    } in lost
    {
        let reset = Reset {
            conversation_id: conversation,
            reason,
        };
        connection.outbox.answer(encode(&ServerFrame::Reset(reset)));
    }
}
