use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use domain::auth::Reservation;
use http_body::{Frame, SizeHint};

/// Response body whose bytes stay reserved until they are written to the connection.
pub(super) struct ReservedBody {
    body: Body,
    reservation: Arc<Reservation>,
}

/// Chunk of a reserved body. The connection drops it after it is written.
struct ReservedBytes {
    bytes: Bytes,
    _reservation: Arc<Reservation>,
}

impl AsRef<[u8]> for ReservedBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl ReservedBody {
    /// Returns the body with its reservation attached.
    pub(super) fn wrap(body: Body, reservation: Reservation) -> Body {
        Body::new(Self {
            body,
            reservation: Arc::new(reservation),
        })
    }
}

impl HttpBody for ReservedBody {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let reserved = |bytes| {
            Bytes::from_owner(ReservedBytes {
                bytes,
                _reservation: Arc::clone(&self.reservation),
            })
        };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(reserved))))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

#[cfg(test)]
mod tests {
    use base::{Id, ObjectId, TenantId, limit};
    use domain::auth::Usage;
    use futures_util::StreamExt as _;

    use super::*;
    use crate::tests::app::TestApp;

    #[tokio::test]
    async fn body_is_reserved_until_its_last_bytes_are_dropped() {
        let app = TestApp::new();
        let usage: Usage = app.authenticator.usage(
            TenantId::new(ObjectId([1; 12])),
            Some(Id::new(ObjectId([2; 12]))),
        );
        let body = ReservedBody::wrap(Body::from("hello"), usage.try_reserve(1).unwrap());
        assert_eq!(body.size_hint().exact(), Some(5));
        let mut frames = body.into_data_stream();
        let bytes = frames.next().await.unwrap().unwrap();
        assert_eq!(bytes, "hello");
        drop(frames);
        assert!(usage.try_reserve(limit::USER_BUFFER_BYTES).is_none());
        drop(bytes);
        assert!(usage.try_reserve(limit::USER_BUFFER_BYTES).is_some());
    }
}
