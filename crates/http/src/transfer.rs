//! Transfers of file content: permits, streams of request bodies with a minimum progress, and
//! ranges of responses.

use std::ops::Range;
use std::sync::Arc;
use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::extract::Request;
use axum::http::HeaderMap;
use axum::http::header::RANGE;
use base::{Error, ErrorCode, Result, limit};
use futures_util::stream::BoxStream;
use futures_util::{Stream, StreamExt as _, stream};
use tokio::sync::{OwnedSemaphorePermit, Semaphore};
use tokio::time::{Instant, timeout_at};

use crate::cost::Payer;
use crate::middleware::{self, Occupancy, RequestContext};
use crate::state::AppState;

/// Time in which a transfer must advance by [`limit::TRANSFER_PROGRESS_BYTES`].
const PROGRESS_PERIOD: Duration = Duration::from_secs(limit::BODY_STALL_SECONDS as u64);

/// Permits of the transfers of this process, apart from those of other requests.
#[derive(Debug, Clone)]
pub(crate) struct Transfers {
    uploads: Arc<Semaphore>,
    downloads: Arc<Semaphore>,
}

impl Default for Transfers {
    fn default() -> Self {
        Self {
            uploads: Arc::new(Semaphore::new(limit::UPLOADS_AT_ONCE)),
            downloads: Arc::new(Semaphore::new(limit::DOWNLOADS_AT_ONCE)),
        }
    }
}

impl Transfers {
    /// Acquires the permit of an upload.
    ///
    /// # Errors
    /// 503 `unavailable` if there is none.
    fn upload(&self) -> Result<OwnedSemaphorePermit> {
        acquire(&self.uploads)
    }

    /// Acquires the permit of a download.
    ///
    /// # Errors
    /// 503 `unavailable` if there is none.
    fn download(&self) -> Result<OwnedSemaphorePermit> {
        acquire(&self.downloads)
    }
}

fn acquire(permits: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    middleware::acquire(permits, "Too many transfers; retry later.")
}

/// An upload in progress. It occupies no slot of the concurrent requests and is not subject to
/// their timeout.
pub(crate) struct Upload {
    context: Option<RequestContext>,
    occupancy: Option<Occupancy>,
    _permit: OwnedSemaphorePermit,
}

impl Upload {
    /// Begins to receive the body of a request.
    ///
    /// # Errors
    /// 503 `unavailable` if there is no permit.
    pub(crate) fn begin(state: &AppState, request: &Request) -> Result<Self> {
        let extensions = request.extensions();
        Ok(Self {
            context: extensions.get::<RequestContext>().cloned(),
            occupancy: extensions.get::<Occupancy>().cloned(),
            _permit: state.transfers().upload()?,
        })
    }

    /// Waits for a future that receives the body.
    ///
    /// # Errors
    /// The errors of the future.
    pub(crate) async fn receive<T>(&self, future: impl Future<Output = Result<T>>) -> Result<T> {
        if let Some(context) = &self.context {
            context.set_receiving_body(true);
            context.set_transferring(true);
        }
        let received = match &self.occupancy {
            Some(occupancy) => occupancy.without_slot(future).await,
            None => future.await,
        };
        if let Some(context) = &self.context {
            context.set_transferring(false);
            context.set_receiving_body(false);
        }
        received
    }

    /// Counts received bytes as requests of the caller.
    pub(crate) fn charge(&self, state: &AppState, bytes: u64) {
        let payer = self.context.as_ref().and_then(RequestContext::payer);
        if let Some(Payer { tenant, user }) = payer {
            let cost = u32::try_from(bytes / limit::TRANSFER_COST_BYTES as u64);
            state
                .authenticator()
                .charge(tenant, user, cost.unwrap_or(u32::MAX));
        }
    }
}

/// Returns the chunks of a body. The stream ends with an error if the body makes less progress than
/// [`limit::TRANSFER_PROGRESS_BYTES`] in [`limit::BODY_STALL_SECONDS`], or is cut.
pub(crate) fn chunks(body: Body) -> impl Stream<Item = Result<Bytes>> + Send {
    let progress = Progress {
        bytes: 0,
        deadline: Instant::now() + PROGRESS_PERIOD,
    };
    let body = body.into_data_stream();
    stream::try_unfold((body, progress), async |(mut body, mut progress)| {
        let chunk = timeout_at(progress.deadline, body.next())
            .await
            .map_err(|_| stalled())?;
        let Some(chunk) = chunk else { return Ok(None) };
        let chunk = chunk.map_err(|_| Error::invalid("", "The body is incomplete."))?;
        progress.advance(chunk.len());
        Ok(Some((chunk, (body, progress))))
    })
}

struct Progress {
    bytes: usize,
    deadline: Instant,
}

impl Progress {
    fn advance(&mut self, bytes: usize) {
        self.bytes += bytes;
        if self.bytes >= limit::TRANSFER_PROGRESS_BYTES {
            self.bytes = 0;
            self.deadline = Instant::now() + PROGRESS_PERIOD;
        }
    }
}

fn stalled() -> Error {
    let detail = format!(
        "Less than {} bytes of the body arrived within {} seconds.",
        limit::TRANSFER_PROGRESS_BYTES,
        limit::BODY_STALL_SECONDS
    );
    Error::new(ErrorCode::RequestTimeout, detail)
}

/// Returns content as a response body that holds the permit of a download.
///
/// # Errors
/// 503 `unavailable` if there is no permit.
pub(crate) fn download(
    state: &AppState,
    content: BoxStream<'static, Result<Bytes>>,
) -> Result<Body> {
    let permit = state.transfers().download()?;
    let counters = Arc::clone(&state.media().counters);
    Ok(Body::from_stream(content.map(move |chunk| {
        let _permit = &permit;
        if let Ok(bytes) = &chunk {
            counters.sent_bytes.add(bytes.len() as u64);
        }
        chunk
    })))
}

/// Part of the content that a request asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Requested {
    /// All of it.
    All,
    /// These bytes.
    Range(Range<u64>),
    /// Bytes that do not exist.
    Unsatisfiable,
}

impl Requested {
    /// Reads the header `Range` (RFC 9110, section 14.2). Several ranges, other units and malformed
    /// ranges are ignored.
    pub(crate) fn of(headers: &HeaderMap, size: u64) -> Self {
        let range = headers
            .get(RANGE)
            .and_then(|range| range.to_str().ok()?.strip_prefix("bytes="))
            .and_then(|range| range.trim().split_once('-'));
        let Some((first, last)) = range else {
            return Self::All;
        };
        let number = |text: &str| text.trim().parse::<u64>().ok();
        match (number(first), number(last)) {
            (None, Some(0)) => Self::Unsatisfiable,
            (None, Some(suffix)) if first.trim().is_empty() && size > 0 => {
                Self::Range(size.saturating_sub(suffix)..size)
            }
            (Some(first), _) if first >= size => Self::Unsatisfiable,
            (Some(first), None) if last.trim().is_empty() => Self::Range(first..size),
            (Some(first), Some(last)) if first <= last => {
                Self::Range(first..last.saturating_add(1).min(size))
            }
            _ => Self::All,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn range_is_read_as_in_rfc_9110() {
        let requested = |range: &str| {
            let headers = [(RANGE, range.parse().unwrap())].into_iter().collect();
            Requested::of(&headers, 100)
        };
        assert_eq!(requested("bytes=0-9"), Requested::Range(0..10));
        assert_eq!(requested("bytes=90-"), Requested::Range(90..100));
        assert_eq!(requested("bytes=90-1000"), Requested::Range(90..100));
        assert_eq!(requested("bytes=-10"), Requested::Range(90..100));
        assert_eq!(requested("bytes=-1000"), Requested::Range(0..100));
        assert_eq!(requested("bytes=100-"), Requested::Unsatisfiable);
        assert_eq!(requested("bytes=-0"), Requested::Unsatisfiable);
        for ignored in [
            "bytes=9-0",
            "bytes=a-b",
            "items=0-9",
            "bytes=0-9,20-29",
            "bytes=-",
        ] {
            assert_eq!(requested(ignored), Requested::All, "{ignored}");
        }
    }

    #[tokio::test(start_paused = true)]
    async fn body_that_trickles_ends_and_one_that_advances_does_not() {
        let body = |bytes: usize| {
            let chunks = stream::iter(0..20).then(move |_| async move {
                tokio::time::sleep(Duration::from_secs(2)).await;
                Ok::<_, std::convert::Infallible>(vec![0; bytes])
            });
            Body::from_stream(chunks)
        };
        let read = async |bytes| chunks(body(bytes)).collect::<Vec<_>>().await;
        let trickling = read(1).await;
        let error = trickling.into_iter().find_map(Result::err).unwrap();
        assert_eq!(error.code, ErrorCode::RequestTimeout);
        assert!(read(16 * 1024).await.into_iter().all(|chunk| chunk.is_ok()));
    }
}
