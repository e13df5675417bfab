//! Bodies that a response came before: they are read to a bound, so that the
//! connection can be used again, or the connection is closed after the
//! response has arrived.

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

/// Asks the listener to read on for a while before it closes the connection:
/// a client that still sends would lose the response to a reset. A listener
/// puts one into the extensions of each request of a connection.
#[derive(Debug, Clone, Default)]
pub struct Linger(Arc<AtomicBool>);

impl Linger {
    /// Whether the connection is to be closed with patience.
    #[must_use]
    pub fn is_requested(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// What became of the body of a request.
#[derive(Debug, Default)]
enum State {
    /// A handler still has it.
    #[default]
    Held,
    /// It was read to its end.
    Ended,
    /// It broke off or was malformed.
    Broken,
    /// It was dropped before its end.
    Unread(Body),
}

/// Watches the body of one request.
#[derive(Debug)]
pub(super) struct Unread {
    state: Arc<Mutex<State>>,
    linger: Linger,
    /// Whether the client waits for `100 Continue`, which reading would send.
    expects: bool,
}

impl Unread {
    /// Watches the body of a request; `None` when it has none.
    pub(super) fn watch(request: &mut Request) -> Option<Self> {
        if request.body().is_end_stream() {
            return None;
        }
        let linger = request.extensions().get().cloned().unwrap_or_default();
        let expects = request.headers().contains_key(EXPECT);
        let state = Arc::new(Mutex::new(State::Held));
        let body = std::mem::take(request.body_mut());
        *request.body_mut() = Body::new(Watched {
            body: Some(body),
            state: Arc::clone(&state),
        });
        Some(Self {
            state,
            linger,
            expects,
        })
    }

    /// Reads what is left within its bounds, or announces the end of the connection.
    pub(super) async fn finish(self, response: &mut Response) {
        let state = std::mem::take(&mut *self.state.lock());
        let is_read = match state {
            State::Ended => true,
            State::Unread(body) if !self.expects => drained(body).await,
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

/// Reads a body to its end. Returns false when it is malformed, too long or too slow.
async fn drained(body: Body) -> bool {
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
    let patience = Duration::from_millis(limit::REJECTED_BODY_MILLIS as u64);
    tokio::time::timeout(patience, reading)
        .await
        .unwrap_or(false)
}

/// A body that leaves behind what became of it.
struct Watched {
    body: Option<Body>,
    state: Arc<Mutex<State>>,
}

impl Watched {
    fn end(&mut self, state: State) {
        self.body = None;
        *self.state.lock() = state;
    }
}

impl HttpBody for Watched {
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
            Poll::Ready(None) => self.end(State::Ended),
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

impl Drop for Watched {
    fn drop(&mut self) {
        if let Some(body) = self.body.take() {
            *self.state.lock() = if body.is_end_stream() {
                State::Ended
            } else {
                State::Unread(body)
            };
        }
    }
}
