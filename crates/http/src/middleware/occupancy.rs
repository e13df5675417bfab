use std::sync::Arc;

use axum::http::{Method, Uri};
use axum::response::Response;
use base::{Error, ErrorCode, Result, limit};
use domain::auth::{OpenRequest, Reservation, Usage};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::RETRY_DELAY_MILLIS;
use super::reserved_body::ReservedBody;

/// Bytes up to which a response does not count towards the buffers of user and tenant.
const UNCOUNTED_BYTES: usize = limit::CONNECTION_UNCOUNTED_BYTES;

/// Resources that one request occupies: a slot of the concurrent requests, an
/// open request of its user and tenant, and bytes of their buffers. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub(crate) struct Occupancy {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    slots: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// The slot; absent while the request waits for its client.
    slot: Option<OwnedSemaphorePermit>,
    open: Option<OpenRequest>,
    usage: Option<Usage>,
    /// The bytes of the request body.
    request: Reservation,
    /// The bytes of the response, reserved before it is built.
    response: Option<Reservation>,
}

impl Occupancy {
    /// Acquires a slot of the concurrent requests.
    ///
    /// # Errors
    /// 503 `unavailable` if there is none.
    pub(crate) fn begin(slots: Arc<Semaphore>) -> Result<Self> {
        let slot = Some(acquire_slot(&slots)?);
        let state = State {
            slot,
            open: None,
            usage: None,
            request: Reservation::default(),
            response: None,
        };
        Ok(Self {
            inner: Arc::new(Inner {
                slots,
                state: Mutex::new(state),
            }),
        })
    }

    /// Counts the request towards the open requests of its user and tenant, and
    /// reserves the buffer of a read's response.
    ///
    /// # Errors
    /// 429 `rate_limited` if a limit is reached, 503 `unavailable`.
    pub(crate) async fn open(&self, usage: Usage, method: &Method, uri: &Uri) -> Result<()> {
        self.inner.count(usage)?;
        if *method == Method::GET || *method == Method::HEAD {
            self.reserve_response(response_bytes(uri)).await?;
        }
        Ok(())
    }

    /// Releases the slot while a future waits for the client, such as for the
    /// body or for buffers, and acquires a slot again afterwards.
    ///
    /// # Errors
    /// The errors of the future; 503 `unavailable` if no slot is free afterwards.
    pub(crate) async fn without_slot<T>(
        &self,
        future: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        drop(self.inner.state.lock().slot.take());
        let value = future.await?;
        let slot = acquire_slot(&self.inner.slots)?;
        self.inner.state.lock().slot = Some(slot);
        Ok(value)
    }

    /// Reserves the buffer of the response, unless it is reserved already.
    ///
    /// # Errors
    /// 429 `rate_limited` if the buffers stay full for [`limit::BUFFER_WAIT_SECONDS`],
    /// 503 `unavailable`.
    pub(crate) async fn reserve_response(&self, bytes: usize) -> Result<()> {
        let Some(usage) = self.inner.usage_without_response() else {
            return Ok(());
        };
        let reservation = match usage.try_reserve(bytes) {
            Some(reservation) => reservation,
            None => self.without_slot(usage.reserve(bytes)).await?,
        };
        self.inner.state.lock().response = Some(reservation);
        Ok(())
    }

    /// Reserves more bytes for the request body, until the request ends.
    ///
    /// # Errors
    /// 429 `rate_limited` if the buffers stay full for [`limit::BUFFER_WAIT_SECONDS`].
    pub(crate) async fn reserve_request(&self, bytes: usize) -> Result<()> {
        let usage = self.inner.state.lock().usage.clone();
        let Some(usage) = usage else { return Ok(()) };
        let reservation = usage.reserve(bytes).await?;
        self.inner.state.lock().request.merge(reservation);
        Ok(())
    }

    /// Ends the request. Its response counts towards the buffers of user and
    /// tenant until its last byte is written.
    pub(crate) fn end(self, response: Response) -> Response {
        let mut state = self.inner.state.lock();
        let usage = state.usage.take();
        let reserved = state.response.take();
        drop(state);
        let Some(usage) = usage else { return response };
        let size = axum::body::HttpBody::size_hint(response.body()).exact();
        let size = size.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        match (size, reserved) {
            (Some(size), _) if size <= UNCOUNTED_BYTES => response,
            (Some(size), Some(mut reserved)) => {
                reserved.shrink_to(size);
                response.map(|body| ReservedBody::wrap(body, reserved))
            }
            (Some(size), None) => {
                response.map(|body| ReservedBody::wrap(body, usage.reserve_up_to(size)))
            }
            (None, Some(reserved)) => response.map(|body| ReservedBody::wrap(body, reserved)),
            (None, None) => response
                .map(|body| ReservedBody::wrap(body, usage.reserve_up_to(limit::PAGE_BYTES))),
        }
    }
}

impl Inner {
    fn count(&self, usage: Usage) -> Result<()> {
        let open = usage.open()?;
        let mut state = self.state.lock();
        state.open = Some(open);
        state.usage = Some(usage);
        Ok(())
    }

    fn usage_without_response(&self) -> Option<Usage> {
        let state = self.state.lock();
        state.usage.clone().filter(|_| state.response.is_none())
    }
}

/// Returns the bytes that the response of a read may buffer. The content of a file is sent in
/// small chunks.
fn response_bytes(uri: &Uri) -> usize {
    if uri.path().ends_with("/content") {
        limit::TRANSFER_PROGRESS_BYTES
    } else {
        page_size(uri).saturating_mul(limit::MESSAGE_BYTES)
    }
}

/// Returns the maximum number of entries of a read. An invalid `limit` is rejected later.
fn page_size(uri: &Uri) -> usize {
    let parameters = uri.query().unwrap_or_default().split('&');
    let limit = parameters
        .filter_map(|parameter| parameter.strip_prefix("limit="))
        .find_map(|text| text.parse().ok());
    limit.unwrap_or(limit::PAGE_DEFAULT).clamp(1, limit::PAGE)
}

fn acquire_slot(slots: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    acquire(slots, "The server is overloaded; retry later.")
}

/// Acquires a permit without waiting.
///
/// # Errors
/// 503 `unavailable` with this detail if there is none.
pub(crate) fn acquire(
    permits: &Arc<Semaphore>,
    detail: &'static str,
) -> Result<OwnedSemaphorePermit> {
    Arc::clone(permits)
        .try_acquire_owned()
        .map_err(|_| Error::new(ErrorCode::Unavailable, detail).retry_after_ms(RETRY_DELAY_MILLIS))
}
