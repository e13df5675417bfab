use std::fmt;
use std::pin::Pin;
use std::task::{Context, Poll, ready};

use bytes::{Bytes, BytesMut};
use http_body::{Body, Frame, SizeHint};
use http_body_util::BodyExt as _;
use serde::de::DeserializeOwned;

use crate::error::Error;

/// Body of a response. Fails once it exceeds the limit of the client.
pub struct ResponseBody {
    body: reqwest::Body,
    limit: u64,
    received: u64,
}

impl ResponseBody {
    pub(crate) fn new(body: reqwest::Body, limit: u64) -> Result<Self, Error> {
        if body.size_hint().lower() > limit {
            return Err(Error::BodyTooLarge(limit));
        }
        Ok(Self {
            body,
            limit,
            received: 0,
        })
    }

    /// Lowers the limit of the body, in bytes.
    ///
    /// # Errors
    /// Fails with [`Error::BodyTooLarge`] if the body is known to be larger.
    pub fn with_limit(self, limit: u64) -> Result<Self, Error> {
        Self::new(self.body, limit.min(self.limit))
    }

    /// Reads the complete body.
    ///
    /// # Errors
    /// Fails if the body is too large, takes too long or is cut.
    pub async fn bytes(mut self) -> Result<Bytes, Error> {
        let mut all = BytesMut::new();
        while let Some(frame) = self.frame().await {
            if let Ok(data) = frame?.into_data() {
                all.extend_from_slice(&data);
            }
        }
        Ok(all.freeze())
    }

    /// Reads the next part of the body; `None` at its end.
    ///
    /// # Errors
    /// As [`Self::bytes`].
    pub async fn chunk(&mut self) -> Option<Result<Bytes, Error>> {
        loop {
            match self.frame().await? {
                Ok(frame) => {
                    // Trailers are skipped.
                    if let Ok(data) = frame.into_data() {
                        return Some(Ok(data));
                    }
                }
                Err(error) => return Some(Err(error)),
            }
        }
    }

    /// Reads the complete body as JSON.
    ///
    /// # Errors
    /// As [`Self::bytes`], and with [`Error::InvalidResponse`] if the body is other JSON.
    pub async fn json<T: DeserializeOwned>(self) -> Result<T, Error> {
        serde_json::from_slice(&self.bytes().await?).map_err(|_| Error::InvalidResponse)
    }
}

impl Body for ResponseBody {
    type Data = Bytes;
    type Error = Error;

    fn poll_frame(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Error>>> {
        let frame = match ready!(Pin::new(&mut self.body).poll_frame(context)) {
            None => return Poll::Ready(None),
            Some(Err(error)) => return Poll::Ready(Some(Err(Error::of(&error)))),
            Some(Ok(frame)) => frame,
        };
        let length = frame.data_ref().map_or(0, Bytes::len);
        self.received = self.received.saturating_add(length as u64);
        if self.received > self.limit {
            return Poll::Ready(Some(Err(Error::BodyTooLarge(self.limit))));
        }
        Poll::Ready(Some(Ok(frame)))
    }

    fn is_end_stream(&self) -> bool {
        self.body.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.body.size_hint()
    }
}

impl fmt::Debug for ResponseBody {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ResponseBody")
            .field("received", &self.received)
            .finish_non_exhaustive()
    }
}
