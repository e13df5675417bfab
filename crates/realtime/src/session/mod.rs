//! One socket from its hello to its end. A single task reads and writes, so
//! an idle connection costs little; requests are answered in their order
//! while events go on.

mod handler;
mod handshake;
mod in_flight;
mod requests;
mod throttle;

use std::pin::{Pin, pin};
use std::sync::Arc;
use std::time::Duration;

use axum::extract::ws::{CloseFrame, Message, WebSocket};
use base::limit;
use futures_util::SinkExt as _;
use tokio::time::{Instant, Sleep, sleep_until, timeout};
use tungstenite::error::ProtocolError;
use wire::frames::CloseReason;

use crate::connection::Connection;
use crate::hub::Hub;
use crate::presence::RENEWAL;
use crate::router::Peer;
use crate::send_queue::{Batch, Next};
pub(crate) use handshake::{admit, enter};
use requests::{ReceivedFrame, Requests};

/// How long a client may leave a frame unread.
const STALL: Duration = Duration::from_millis(limit::CONNECTION_STALL_MILLIS as u64);
/// How long a client may take to close after the server's close frame.
const LINGER: Duration = Duration::from_secs(1);
/// How long a client may be silent.
const IDLE: Duration = Duration::from_secs(limit::CONNECTION_IDLE_SECONDS as u64);

/// Serves a socket until it ends. What happens once is boxed: a connection
/// keeps room for all its life for the largest thing it does unboxed.
pub(crate) async fn serve(hub: Hub, mut socket: Box<WebSocket>, peer: Peer) {
    let registration = match Box::pin(handshake::receive(&hub, &mut socket, &peer)).await {
        Ok(Some(registration)) => registration,
        Ok(None) => return,
        Err((reason, retry)) => return close(&mut socket, reason, retry).await,
    };
    let end = SocketLoop::new(hub, Arc::clone(&registration))
        .run(&mut socket)
        .await;
    drop(registration);
    if let Some((reason, retry)) = end {
        close(&mut socket, reason, retry).await;
    }
}

async fn close(socket: &mut WebSocket, reason: CloseReason, retry_after_ms: Option<u64>) {
    let frame = CloseFrame {
        code: reason.code(),
        reason: reason.text(retry_after_ms).into(),
    };
    if !matches!(
        timeout(STALL, socket.send(Message::Close(Some(frame)))).await,
        Ok(Ok(()))
    ) {
        return;
    }
    // A socket that is dropped with unread bytes is reset, which may destroy
    // the close frame on its way: waits until the client has closed, too.
    let lingers_until = Instant::now() + LINGER;
    let closing = async { while let Some(Ok(_)) = socket.recv().await {} };
    let has_closed = timeout(LINGER, closing).await.is_ok();
    let is_unreadable = matches!(
        reason,
        CloseReason::FrameTooLarge | CloseReason::InvalidText | CloseReason::ProtocolError
    );
    if has_closed && is_unreadable {
        sleep_until(lingers_until).await;
    }
}

/// Returns the reason to close a connection that could not be read; `None` if
/// the client is gone.
fn violation(error: axum::Error) -> Option<CloseReason> {
    let inner = error.into_inner();
    match inner.downcast_ref::<tungstenite::Error>()? {
        tungstenite::Error::Capacity(_) => Some(CloseReason::FrameTooLarge),
        tungstenite::Error::Utf8(_) => Some(CloseReason::InvalidText),
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(CloseReason::ProtocolError),
        _ => None,
    }
}

/// Why a connection ended, when it was us who ended it.
type End = Option<(CloseReason, Option<u64>)>;

struct SocketLoop {
    connection: Arc<Connection>,
    requests: Requests,
    silent_until: Instant,
    renewed: Instant,
    /// Whether a request was answered that may have brought another token.
    answered: bool,
}

/// What happened next.
enum LoopEvent {
    SendQueue(Next),
    Received(Option<Result<Message, axum::Error>>),
    Answered,
    /// It may be time to end.
    Alarm,
}

impl SocketLoop {
    fn new(hub: Hub, connection: Arc<Connection>) -> Self {
        let now = Instant::now();
        let requests = Requests::new(hub, Arc::clone(&connection));
        Self {
            connection,
            requests,
            silent_until: now + IDLE,
            renewed: now,
            answered: false,
        }
    }

    /// Serves until the end. What is asked then is asked no more, so that it
    /// holds nothing that others wait for.
    async fn run(mut self, socket: &mut WebSocket) -> End {
        // Never later than the end that is due first, and seldom set anew.
        let mut alarm = pin!(sleep_until(self.ends_at()));
        loop {
            let on = match self.next(socket, alarm.as_mut()).await {
                LoopEvent::SendQueue(Next::Close(reason, retry)) => Err(Some((reason, retry))),
                LoopEvent::SendQueue(Next::Frames(batch)) => self.write(socket, batch).await,
                LoopEvent::Received(received) => self.received(received),
                LoopEvent::Answered => {
                    self.answered = true;
                    Ok(())
                }
                LoopEvent::Alarm => {
                    let ended = self.ended();
                    alarm.as_mut().reset(self.ends_at());
                    ended
                }
            };
            if let Err(end) = on {
                return end;
            }
            if std::mem::take(&mut self.answered) && self.ends_at() < alarm.deadline() {
                alarm.as_mut().reset(self.ends_at());
            }
        }
    }

    /// An answer that is ready comes first, so that it is written together
    /// with the events that wait. Answers end where nothing is received.
    async fn next(&mut self, socket: &mut WebSocket, alarm: Pin<&mut Sleep>) -> LoopEvent {
        let is_busy = self.requests.is_busy();
        let has_room = self.requests.has_room();
        let other = async {
            tokio::select! {
                next = self.connection.outbox.next() => LoopEvent::SendQueue(next),
                received = socket.recv(), if has_room => LoopEvent::Received(received),
                () = alarm => LoopEvent::Alarm,
            }
        };
        tokio::select! {
            biased;
            () = self.requests.progress(), if is_busy => LoopEvent::Answered,
            happened = other => happened,
        }
    }

    /// When the connection ends if nothing comes.
    fn ends_at(&self) -> Instant {
        self.silent_until
            .min(Instant::now() + self.connection.until_token_ends())
    }

    /// Whether that time has come. Who is not read is not silent.
    fn ended(&mut self) -> Result<(), End> {
        if !self.requests.has_room() {
            self.silent_until = Instant::now() + IDLE;
        }
        if self.connection.until_token_ends().is_zero() {
            return Err(Some((CloseReason::TokenExpired, None)));
        }
        if self.silent_until <= Instant::now() {
            Err(Some((CloseReason::Idle, None)))
        } else {
            Ok(())
        }
    }

    /// Writes all that waits before the system is asked to send it. The request
    /// being answered continues, since others may wait for what it holds; no
    /// further one begins while what is being written fills the queue.
    async fn write(&mut self, socket: &mut WebSocket, mut batch: Batch) -> Result<(), End> {
        let written = {
            let writing = async {
                while let Some(frame) = batch.frames.pop_front() {
                    socket.feed(Message::Text(frame)).await?;
                }
                socket.flush().await
            };
            let mut writing = pin!(timeout(STALL, writing));
            loop {
                tokio::select! {
                    written = &mut writing => break written,
                    () = self.requests.progress(), if self.requests.is_busy() => self.answered = true,
                }
            }
        };
        match written {
            Ok(Ok(())) => {
                self.connection.outbox.written(batch);
                self.connection.resume_blocked();
                self.requests.begin();
                Ok(())
            }
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some((CloseReason::TooSlow, None))),
        }
    }

    fn received(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.silent_until = Instant::now() + IDLE;
        match received {
            Some(Ok(Message::Text(text))) => self.requests.take(ReceivedFrame::Text(text)),
            Some(Ok(Message::Binary(bytes))) => {
                self.requests.take(ReceivedFrame::Binary(bytes.len()))
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                self.requests.take(ReceivedFrame::Control)
            }
            Some(Err(error)) => return Err(violation(error).map(|reason| (reason, None))),
            Some(Ok(Message::Close(_))) | None => return Err(None),
        }
        if self.renewed.elapsed() > RENEWAL {
            self.renewed = Instant::now();
            self.requests.hub().0.there(&self.connection);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn client_that_falls_silent_is_closed_for_it() {
        let world = World::new().await;
        let (_, hello) = world.person("bob").await;
        let hub = world.node();
        let registration = enter(&hub, hello, None).await.unwrap();
        let mut live = SocketLoop::new(hub.clone(), registration.clone());
        live.ended().unwrap();
        world.pass(IDLE).await;
        assert_eq!(live.ended(), Err(Some((CloseReason::Idle, None))));
    }

    #[tokio::test]
    async fn a_client_that_lives_renews_its_presence() {
        let world = World::new().await;
        let (bob, hello) = world.person("bob").await;
        let hub = world.node();
        let registration = enter(&hub, hello, None).await.unwrap();
        let mut live = SocketLoop::new(hub.clone(), registration.clone());
        for _ in 0..4 {
            hub.settled().await;
            assert!(world.presence(bob).await.unwrap().online);
            world.pass(RENEWAL + Duration::from_secs(1)).await;
            live.received(Some(Ok(Message::Pong("".into())))).unwrap();
        }
    }
}
