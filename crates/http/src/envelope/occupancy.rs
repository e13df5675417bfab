use std::sync::Arc;

use axum::http::{Method, Uri};
use axum::response::Response;
use base::{Error, ErrorCode, Result, limit};
use domain::auth::{OpenRequest, Reservation, Usage};
use parking_lot::Mutex;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use super::ROOM_AFTER_MILLIS;
use super::held::Held;

/// Responses up to this size are buffered without counting towards the buffers of user and tenant.
const SMALL: usize = limit::CONNECTION_UNCOUNTED_BYTES;

/// What one request occupies of the server: a place among the requests being
/// answered, one among the open requests of its user and tenant, and bytes of
/// their buffers. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Occupancy(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    places: Arc<Semaphore>,
    state: Mutex<State>,
}

#[derive(Debug)]
struct State {
    /// Absent while the request waits for its client.
    place: Option<OwnedSemaphorePermit>,
    open: Option<OpenRequest>,
    usage: Option<Usage>,
    /// Of the body as it arrived.
    request: Reservation,
    /// Of the response, reserved before it is made.
    response: Option<Reservation>,
}

impl Occupancy {
    /// Takes a place among the requests being answered.
    ///
    /// # Errors
    /// 503 `unavailable` if there is none.
    pub(crate) fn begin(places: Arc<Semaphore>) -> Result<Self> {
        let place = Some(take(&places)?);
        let state = State {
            place,
            open: None,
            usage: None,
            request: Reservation::default(),
            response: None,
        };
        Ok(Self(Arc::new(Inner {
            places,
            state: Mutex::new(state),
        })))
    }

    /// Counts the request towards the open ones of its user and tenant, and
    /// reserves what a read may take until its response is made.
    ///
    /// # Errors
    /// 429 `rate_limited` without room, 503 `unavailable`.
    pub(crate) async fn open(&self, usage: Usage, method: &Method, uri: &Uri) -> Result<()> {
        self.0.count(usage)?;
        if *method == Method::GET || *method == Method::HEAD {
            self.reserve_response(entries(uri).saturating_mul(limit::MESSAGE_BYTES))
                .await?;
        }
        Ok(())
    }

    /// Waits for something that depends on the client, such as the body or room
    /// for the response, without a place among the requests being answered.
    ///
    /// # Errors
    /// Those of what is waited for; 503 `unavailable` if no place is free afterwards.
    pub(crate) async fn without_place<T>(
        &self,
        waiting: impl Future<Output = Result<T>>,
    ) -> Result<T> {
        drop(self.0.state.lock().place.take());
        let value = waiting.await?;
        let place = take(&self.0.places)?;
        self.0.state.lock().place = Some(place);
        Ok(value)
    }

    /// Reserves what a response may take, once.
    ///
    /// # Errors
    /// 429 `rate_limited` if there was no room for [`limit::BUFFER_WAIT_SECONDS`], 503 `unavailable`.
    pub(crate) async fn reserve_response(&self, bytes: usize) -> Result<()> {
        let Some(usage) = self.0.usage_without_response() else {
            return Ok(());
        };
        let reservation = match usage.try_reserve(bytes) {
            Some(reservation) => reservation,
            None => self.without_place(usage.reserve(bytes)).await?,
        };
        self.0.state.lock().response = Some(reservation);
        Ok(())
    }

    /// Reserves more bytes for a body that is arriving, until the request ends.
    ///
    /// # Errors
    /// 429 `rate_limited` if there was no room for [`limit::BUFFER_WAIT_SECONDS`].
    pub(crate) async fn reserve_request(&self, bytes: usize) -> Result<()> {
        let usage = self.0.state.lock().usage.clone();
        let Some(usage) = usage else { return Ok(()) };
        let reservation = usage.reserve(bytes).await?;
        self.0.state.lock().request.merge(reservation);
        Ok(())
    }

    /// Ends the request. Its response counts towards the buffers of user and
    /// tenant until its last byte was written.
    pub(crate) fn end(self, response: Response) -> Response {
        let mut state = self.0.state.lock();
        let usage = state.usage.take();
        let reserved = state.response.take();
        drop(state);
        let Some(usage) = usage else { return response };
        let size = axum::body::HttpBody::size_hint(response.body()).exact();
        let size = size.map(|size| usize::try_from(size).unwrap_or(usize::MAX));
        match (size, reserved) {
            (Some(size), _) if size <= SMALL => response,
            (Some(size), Some(mut reserved)) => {
                reserved.shrink_to(size);
                response.map(|body| Held::body(body, reserved))
            }
            (Some(size), None) => response.map(|body| Held::body(body, usage.reserve_up_to(size))),
            (None, Some(reserved)) => response.map(|body| Held::body(body, reserved)),
            (None, None) => {
                response.map(|body| Held::body(body, usage.reserve_up_to(limit::PAGE_BYTES)))
            }
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

/// The entries that a read may return. A wrong number is rejected later.
fn entries(uri: &Uri) -> usize {
    let parameters = uri.query().unwrap_or_default().split('&');
    let given = parameters
        .filter_map(|parameter| parameter.strip_prefix("limit="))
        .find_map(|text| text.parse().ok());
    given.unwrap_or(limit::PAGE_DEFAULT).clamp(1, limit::PAGE)
}

fn take(places: &Arc<Semaphore>) -> Result<OwnedSemaphorePermit> {
    Arc::clone(places).try_acquire_owned().map_err(|_| {
        let detail = "The server has as many requests as it takes; try again shortly.";
        Error::new(ErrorCode::Unavailable, detail).retry_after_ms(ROOM_AFTER_MILLIS)
    })
}
