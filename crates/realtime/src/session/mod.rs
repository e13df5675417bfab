//! One socket from its hello to its end. A single task reads and writes, so
//! an idle connection costs little; requests are answered in their order
//! while events go on.

mod answer;
mod hello;
mod requests;

use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use base::limit;
use tokio::time::{Instant, timeout};
use wire::frames::CloseReason;

use crate::connection::Connection;
use crate::hub::Hub;
use crate::outbox::Next;
use crate::presence;
pub(crate) use hello::enter;
use requests::Requests;

/// How long a client may leave a frame unread.
const STALL: Duration = Duration::from_millis(limit::CONNECTION_STALL_MILLIS as u64);
/// How long a client may be silent.
const IDLE: Duration = Duration::from_secs(limit::CONNECTION_IDLE_SECONDS as u64);
/// How often a silent but living client renews its presence.
const RENEWAL: Duration = Duration::from_secs(limit::PRESENCE_SECONDS as u64 / 2);

/// Serves a socket until it ends.
pub(crate) async fn serve(hub: Hub, mut socket: WebSocket, origin: Option<String>) {
    let connection = match hello::receive(&hub, &mut socket, origin.as_deref()).await {
        Ok(Some(connection)) => connection,
        Ok(None) => return,
        Err(reason) => return close(&mut socket, reason, None).await,
    };
    presence::came(&connection).await;
    let end = Live::new(hub.clone(), Arc::clone(&connection)).run(&mut socket).await;
    let last = hub.0.leave(&connection);
    if let Some((reason, retry)) = end {
        close(&mut socket, reason, retry).await;
    }
    presence::went(&connection, last).await;
}

async fn close(socket: &mut WebSocket, reason: CloseReason, retry_after_ms: Option<u64>) {
    let frame = CloseFrame { code: reason.code(), reason: reason.text(retry_after_ms).into() };
    // Whoever does not take it is gone already.
    let _ = timeout(STALL, socket.send(Message::Close(Some(frame)))).await;
}

/// Why a connection ended, when it was us who ended it.
type End = Option<(CloseReason, Option<u64>)>;

struct Live {
    connection: Arc<Connection>,
    requests: Requests,
    silent_until: Instant,
    renewed: Instant,
}

/// What happened next.
enum Happened {
    Outbox(Next),
    Received(Option<Result<Message, axum::Error>>),
    Answered,
    TokenEnded,
    Silent,
}

impl Live {
    fn new(hub: Hub, connection: Arc<Connection>) -> Self {
        let now = Instant::now();
        let requests = Requests::new(hub, Arc::clone(&connection));
        Self { connection, requests, silent_until: now + IDLE, renewed: now }
    }

    async fn run(mut self, socket: &mut WebSocket) -> End {
        loop {
            let happened = self.next(socket).await;
            let on = match happened {
                Happened::Outbox(Next::Close(reason, retry)) => Err(Some((reason, retry))),
                Happened::Outbox(Next::Frames(frames)) => self.write(socket, frames).await,
                Happened::Received(received) => self.received(received),
                Happened::Answered => Ok(()),
                Happened::TokenEnded => Err(Some((CloseReason::TokenExpired, None))),
                Happened::Silent => Err(None),
            };
            if let Err(end) = on {
                return end;
            }
        }
    }

    async fn next(&mut self, socket: &mut WebSocket) -> Happened {
        let token_ends = self.connection.until_token_ends();
        tokio::select! {
            next = self.connection.outbox.next() => Happened::Outbox(next),
            received = socket.recv(), if self.requests.has_room() => Happened::Received(received),
            () = self.requests.progress(), if self.requests.is_busy() => Happened::Answered,
            () = tokio::time::sleep(token_ends) => Happened::TokenEnded,
            () = tokio::time::sleep_until(self.silent_until) => Happened::Silent,
        }
    }

    async fn write(&mut self, socket: &mut WebSocket, frames: Vec<crate::frame::Frame>) -> Result<(), End> {
        let writing = async {
            for frame in frames {
                socket.send(Message::Text(frame)).await?;
            }
            Ok::<_, axum::Error>(())
        };
        match timeout(STALL, writing).await {
            Ok(Ok(())) => {
                self.connection.relieve();
                Ok(())
            }
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some((CloseReason::TooSlow, None))),
        }
    }

    fn received(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.silent_until = Instant::now() + IDLE;
        match received {
            Some(Ok(Message::Text(text))) => self.requests.take(text.as_bytes()),
            Some(Ok(Message::Binary(_))) => self.requests.take(b""),
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {}
            Some(Ok(Message::Close(_)) | Err(_)) | None => return Err(None),
        }
        if self.renewed.elapsed() > RENEWAL {
            self.renewed = Instant::now();
            let connection = Arc::clone(&self.connection);
            tokio::spawn(async move { presence::came(&connection).await });
        }
        Ok(())
    }
}
