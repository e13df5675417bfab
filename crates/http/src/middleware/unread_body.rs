//! Request bodies that a handler did not read. They are read up to a limit, so
//! that the connection can be reused; otherwise the connection is closed after
//! the client has received the response.

use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use axum::body::{Body, Bytes, HttpBody};
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::http::header::{CONNECTION, EXPECT};
use axum::response::Response;
use base::limit;
use futures_util::StreamExt as _;
use http_body::{Frame, SizeHint};
use parking_lot::Mutex;

/// Flag that asks the listener to continue reading for a while before it closes
/// the connection. Otherwise a client that is still sending may lose the
/// response to a connection reset. The listener inserts one into the extensions
/// of each request of a connection.
#[derive(Debug, Clone, Default)]
pub struct Linger(Arc<AtomicBool>);

impl Linger {
    /// Returns whether the listener must linger before it closes the connection.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// State of the body of a request.
#[derive(Debug, Default)]
enum State {
    /// The body is owned by a handler.
    #[default]
    Held,
    /// The body was read to its end.
    Complete,
    /// The body was truncated or malformed.
    Broken,
    /// The body was dropped before its end.
    Unread(Body),
}

/// Observer of the body of one request.
#[derive(Debug)]
pub(super) struct BodyWatch {
    state: Arc<Mutex<State>>,
    linger: Linger,
    /// Whether the client waits for `100 Continue`, which reading the body would send.
    expects_continue: bool,
}

impl BodyWatch {
    /// Starts observing the body of a request; returns `None` if it has none.
    pub(super) fn new(request: &mut Request) -> Option<Self> {
        if request.body().is_end_stream() {
            return None;
        }
        let linger = request.extensions().get().cloned().unwrap_or_default();
        let expects_continue = request.headers().contains_key(EXPECT);
        let state = Arc::new(Mutex::new(State::Held));
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(WatchedBody {
            body: Some(body),
            state: Arc::clone(&state),
        });
        Some(Self {
            state,
            linger,
            expects_continue,
        })
    }

    /// Reads the rest of the body within its limits, or announces that the connection closes.
    pub(super) async fn finish(self, response: &mut Response) {
        let state = std::mem::take(&mut *self.state.lock());
        let is_read = match state {
            State::Complete => true,
            State::Unread(body) if !self.expects_continue => drain(body).await,
            State::Held | State::Broken | State::Unread(_) => false,
        };
        if !is_read {
            self.linger.0.store(true, Ordering::Relaxed);
            response
                .headers_mut()
                .insert(CONNECTION, HeaderValue::from_static("close"));
        }
    }
}

/// Reads a body to its end. Returns false if it is malformed, too long or too slow.
async fn drain(body: Body) -> bool {
    let mut chunks = body.into_data_stream();
    let reading = async {
        let mut bytes = 0;
        while let Some(chunk) = chunks.next().await {
            let Ok(chunk) = chunk else { return false };
            bytes += chunk.len();
            if bytes > limit::REJECTED_BODY_BYTES {
                return false;
            }
        }
        true
    };
    let deadline = Duration::from_millis(limit::REJECTED_BODY_MILLIS as u64);
    tokio::time::timeout(deadline, reading)
        .await
        .unwrap_or(false)
}

/// Body that records its final state.
struct WatchedBody {
    body: Option<Body>,
    state: Arc<Mutex<State>>,
}

impl WatchedBody {
    fn end(&mut self, state: State) {
        self.body = None;
        *self.state.lock() = state;
    }
}

impl HttpBody for WatchedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let Some(body) = &mut self.body else {
            return Poll::Ready(None);
        };
        let polled = Pin::new(body).poll_frame(cx);
        match &polled {
            Poll::Ready(None) => self.end(State::Complete),
            Poll::Ready(Some(Err(_))) => self.end(State::Broken),
            Poll::Ready(Some(Ok(_))) | Poll::Pending => {}
        }
        polled
    }

    fn is_end_stream(&self) -> bool {
        self.body.as_ref().is_none_or(HttpBody::is_end_stream)
    }

    fn size_hint(&self) -> SizeHint {
        self.body
            .as_ref()
            .map(HttpBody::size_hint)
            .unwrap_or_default()
    }
}

impl Drop for WatchedBody {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            *self.state.lock() = if body.is_end_stream() {
                State::Complete
            } else {
                State::Unread(body)
            };
        }
    }
}
