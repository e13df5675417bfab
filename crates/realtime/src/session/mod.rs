//! One WebSocket session. A single task reads and writes, so that an idle connection
//! costs little. Requests are handled in order while events continue to be sent.

mod handler;
mod handshake;
mod in_flight;
mod requests;
mod response;
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
use crate::presence::RENEWAL_INTERVAL;
use crate::router::Peer;
use crate::send_queue::{Batch, Next};
#[cfg(test)]
pub(crate) use handshake::enter;
pub(crate) use handshake::{admit, enter_from};
use requests::{ReceivedFrame, Requests};

/// Time within which a client must take a frame.
const WRITE_TIMEOUT: Duration = Duration::from_millis(limit::CONNECTION_STALL_MILLIS as u64);
/// Time within which a client must close after the server's close frame.
const LINGER_TIMEOUT: Duration = Duration::from_secs(1);
/// Time for which a client may be silent.
const IDLE_TIMEOUT: Duration = Duration::from_secs(limit::CONNECTION_IDLE_SECONDS as u64);

/// Serves a socket until it ends. One-time steps are boxed, because the largest unboxed
/// future determines the memory of an idle connection.
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
        timeout(WRITE_TIMEOUT, socket.send(Message::Close(Some(frame)))).await,
        Ok(Ok(()))
    ) {
        return;
    }
    // Dropping a socket with unread bytes resets it, which may discard the close frame.
    // So wait until the client has closed, too.
    let linger_deadline = Instant::now() + LINGER_TIMEOUT;
    let closing = async { while let Some(Ok(_)) = socket.recv().await {} };
    let has_closed = timeout(LINGER_TIMEOUT, closing).await.is_ok();
    let is_unreadable = matches!(
        reason,
        CloseReason::FrameTooLarge | CloseReason::InvalidText | CloseReason::ProtocolError
    );
    if has_closed && is_unreadable {
        sleep_until(linger_deadline).await;
    }
}

/// Returns the close reason for a read error; `None` if the client has disconnected.
fn read_error_reason(error: axum::Error) -> Option<CloseReason> {
    let inner = error.into_inner();
    match inner.downcast_ref::<tungstenite::Error>()? {
        tungstenite::Error::Capacity(_) => Some(CloseReason::FrameTooLarge),
        tungstenite::Error::Utf8(_) => Some(CloseReason::InvalidText),
        tungstenite::Error::Protocol(ProtocolError::ResetWithoutClosingHandshake) => None,
        tungstenite::Error::Protocol(_) => Some(CloseReason::ProtocolError),
        _ => None,
    }
}

/// Close reason and retry time; `None` if the client ended the connection.
type End = Option<(CloseReason, Option<u64>)>;

struct SocketLoop {
    connection: Arc<Connection>,
    requests: Requests,
    idle_deadline: Instant,
    renewed_at: Instant,
    /// Whether a request completed that may have replaced the token.
    responded: bool,
}

/// The next event of the loop.
enum LoopEvent {
    SendQueue(Next),
    Received(Option<Result<Message, axum::Error>>),
    Responded,
    /// A deadline may have passed.
    Timer,
}

impl SocketLoop {
    fn new(hub: Hub, connection: Arc<Connection>) -> Self {
        let now = Instant::now();
        let requests = Requests::new(hub, Arc::clone(&connection));
        Self {
            connection,
            requests,
            idle_deadline: now + IDLE_TIMEOUT,
            renewed_at: now,
            responded: false,
        }
    }

    /// Serves until the end. Drops the request in flight, so that it holds nothing that
    /// others wait for.
    async fn run(mut self, socket: &mut WebSocket) -> End {
        // Never later than the next deadline, and rarely reset.
        let mut timer = pin!(sleep_until(self.deadline()));
        loop {
            let outcome = match self.next(socket, timer.as_mut()).await {
                LoopEvent::SendQueue(Next::Close(reason, retry)) => Err(Some((reason, retry))),
                LoopEvent::SendQueue(Next::Frames(batch)) => self.write(socket, batch).await,
                LoopEvent::Received(received) => self.received(received),
                LoopEvent::Responded => {
                    self.responded = true;
                    Ok(())
                }
                LoopEvent::Timer => {
                    let check_deadlines = self.check_deadlines();
                    timer.as_mut().reset(self.deadline());
                    check_deadlines
                }
            };
            if let Err(end) = outcome {
                return end;
            }
            if std::mem::take(&mut self.responded) && self.deadline() < timer.deadline() {
                timer.as_mut().reset(self.deadline());
            }
        }
    }

    /// Returns the next event. A complete response comes first, so that it is written
    /// together with queued events. Nothing is read while requests are at capacity.
    async fn next(&mut self, socket: &mut WebSocket, timer: Pin<&mut Sleep>) -> LoopEvent {
        let is_busy = self.requests.is_busy();
        let has_capacity = self.requests.has_capacity();
        let other = async {
            tokio::select! {
                next = self.connection.send_queue.next() => LoopEvent::SendQueue(next),
                received = socket.recv(), if has_capacity => LoopEvent::Received(received),
                () = timer => LoopEvent::Timer,
            }
        };
        tokio::select! {
            biased;
            () = self.requests.progress(), if is_busy => LoopEvent::Responded,
            event = other => event,
        }
    }

    /// Returns the time at which the connection ends without further frames.
    fn deadline(&self) -> Instant {
        self.idle_deadline
            .min(Instant::now() + self.connection.token_remaining())
    }

    /// Fails if a deadline has passed. A client that is not being read does not count
    /// as silent.
    fn check_deadlines(&mut self) -> Result<(), End> {
        if !self.requests.has_capacity() {
            self.idle_deadline = Instant::now() + IDLE_TIMEOUT;
        }
        if self.connection.token_remaining().is_zero() {
            return Err(Some((CloseReason::TokenExpired, None)));
        }
        if self.idle_deadline <= Instant::now() {
            Err(Some((CloseReason::Idle, None)))
        } else {
            Ok(())
        }
    }

    /// Writes all queued frames with one flush. The request in flight continues, since
    /// others may wait for what it holds. No further request starts while the queue is
    /// full.
    async fn write(&mut self, socket: &mut WebSocket, mut batch: Batch) -> Result<(), End> {
        let written = {
            let writing = async {
                while let Some(frame) = batch.frames.pop_front() {
                    socket.feed(Message::Text(frame)).await?;
                }
                socket.flush().await
            };
            let mut writing = pin!(timeout(WRITE_TIMEOUT, writing));
            loop {
                tokio::select! {
                    written = &mut writing => break written,
                    () = self.requests.progress(), if self.requests.is_busy() => self.responded = true,
                }
            }
        };
        match written {
            Ok(Ok(())) => {
                self.connection.send_queue.written(batch);
                self.connection.resume_blocked();
                self.requests.begin();
                Ok(())
            }
            Ok(Err(_)) => Err(None),
            Err(_) => Err(Some((CloseReason::TooSlow, None))),
        }
    }

    fn received(&mut self, received: Option<Result<Message, axum::Error>>) -> Result<(), End> {
        self.idle_deadline = Instant::now() + IDLE_TIMEOUT;
        match received {
            Some(Ok(Message::Text(text))) => self.requests.push(ReceivedFrame::Text(text)),
            Some(Ok(Message::Binary(bytes))) => {
                self.requests.push(ReceivedFrame::Binary(bytes.len()));
            }
            Some(Ok(Message::Ping(_) | Message::Pong(_))) => {
                self.requests.push(ReceivedFrame::Control);
            }
            Some(Err(error)) => return Err(read_error_reason(error).map(|reason| (reason, None))),
            Some(Ok(Message::Close(_))) | None => return Err(None),
        }
        if self.renewed_at.elapsed() > RENEWAL_INTERVAL {
            self.renewed_at = Instant::now();
            self.requests.hub().0.set_online(&self.connection);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn silent_client_is_closed_as_idle() {
        let world = World::new().await;
        let (_, hello) = world.user("bob").await;
        let hub = world.node();
        let registration = enter(&hub, hello, None).await.unwrap();
        let mut socket_loop = SocketLoop::new(hub.clone(), registration.clone());
        socket_loop.check_deadlines().unwrap();
        world.advance(IDLE_TIMEOUT).await;
        assert_eq!(
            socket_loop.check_deadlines(),
            Err(Some((CloseReason::Idle, None)))
        );
    }

    #[tokio::test]
    async fn active_client_renews_presence() {
        let world = World::new().await;
        let (bob, hello) = world.user("bob").await;
        let hub = world.node();
        let registration = enter(&hub, hello, None).await.unwrap();
        let mut socket_loop = SocketLoop::new(hub.clone(), registration.clone());
        for _ in 0..4 {
            hub.settled().await;
            assert!(world.presence(bob).await.unwrap().online);
            world
                .advance(RENEWAL_INTERVAL + Duration::from_secs(1))
                .await;
            socket_loop
                .received(Some(Ok(Message::Pong("".into()))))
                .unwrap();
        }
    }
}
