use std::pin::Pin;
use std::sync::Arc;
use std::task::{Context, Poll, ready};

use axum::body::{Body, Bytes, HttpBody};
use domain::auth::Reservation;
use http_body::{Frame, SizeHint};

/// A response body whose bytes are reserved until they were written.
pub(super) struct Held {
    body: Body,
    reserved: Arc<Reservation>,
}

/// Bytes of such a body. The connection drops them once they were written.
struct HeldBytes {
    bytes: Bytes,
    _reserved: Arc<Reservation>,
}

impl AsRef<[u8]> for HeldBytes {
    fn as_ref(&self) -> &[u8] {
        &self.bytes
    }
}

impl Held {
    pub(super) fn body(body: Body, reserved: Reservation) -> Body {
        Body::new(Self {
            body,
            reserved: Arc::new(reserved),
        })
    }
}

impl HttpBody for Held {
    type Data = Bytes;
    type Error = axum::Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, axum::Error>>> {
        let frame = ready!(Pin::new(&mut self.body).poll_frame(context));
        let held = |bytes| {
            Bytes::from_owner(HeldBytes {
                bytes,
                _reserved: Arc::clone(&self.reserved),
            })
        };
        Poll::Ready(frame.map(|frame| frame.map(|frame| frame.map_data(held))))
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
    use crate::tests::world::World;

    #[tokio::test]
    async fn a_body_is_reserved_until_its_last_bytes_are_dropped() {
        let world = World::new();
        let usage: Usage = world.door.usage(
            TenantId::new(ObjectId([1; 12])),
            Some(Id::new(ObjectId([2; 12]))),
        );
        let body = Held::body(Body::from("hello"), usage.try_reserve(1).unwrap());
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
