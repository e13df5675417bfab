use std::time::Duration;

use axum::body::{Body as RequestBody, Bytes, HttpBody as _};
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use base::{Error, ErrorCode, Result, limit};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use tokio::time::timeout;
use wire::{MergePatch, strict};

use crate::cost::{Payer, announced_length, cost_of};
use crate::error::ApiError;
use crate::headers::single;
use crate::middleware::{Occupancy, RequestContext};
use crate::state::AppState;

/// Maximum time between two chunks of a body.
const CHUNK_TIMEOUT: Duration = Duration::from_secs(limit::BODY_STALL_SECONDS as u64);

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// Body: JSON of a `T`.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// Body: JSON of a `T`, and its bytes, by which a repeated request is recognized.
#[derive(Debug)]
pub(crate) struct RawBody<T>(pub(crate) T, pub(crate) Bytes);

/// Body: JSON of a `T`; its default without a body.
#[derive(Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

/// Body: JSON Merge Patch of a `T`, as `application/merge-patch+json` or `application/json`.
#[derive(Debug)]
pub(crate) struct Patch<T>(pub(crate) MergePatch<T>);

impl<T: 'static> FromRequest<AppState> for Patch<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        check_type(request.headers(), &[JSON, MERGE_PATCH])?;
        Ok(Self(strict::parse(&read(request, state).await?)?))
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for Body<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        RawBody::from_request(request, state)
            .await
            .map(|RawBody(value, _)| Self(value))
    }
}

impl<T: DeserializeOwned> FromRequest<AppState> for RawBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        check_type(request.headers(), &[JSON])?;
        let bytes = read(request, state).await?;
        Ok(Self(strict::parse(&bytes)?, bytes))
    }
}

impl<T: DeserializeOwned + Default> FromRequest<AppState> for OptionalBody<T> {
    type Rejection = ApiError;

    async fn from_request(request: Request, state: &AppState) -> Result<Self, ApiError> {
        let is_json = check_type(request.headers(), &[JSON]);
        let bytes = read(request, state).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        is_json?;
        Ok(Self(strict::parse(&bytes)?))
    }
}

/// Checks that the body has an allowed media type, is in UTF-8 and is not compressed.
fn check_type(headers: &HeaderMap, allowed: &[&str]) -> Result<()> {
    let unsupported = |detail: String| Error::new(ErrorCode::UnsupportedMediaType, detail);
    if let Some(coding) = single(headers, &CONTENT_ENCODING)?
        .filter(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(unsupported(format!(
            "Content-Encoding {coding} is not supported; send the body uncompressed."
        )));
    }
    let parts = single(headers, &CONTENT_TYPE)?.unwrap_or_default();
    let mut parts = parts.split(';').map(str::trim);
    let is_allowed = parts.next().is_some_and(|kind| {
        allowed
            .iter()
            .any(|allowed| kind.eq_ignore_ascii_case(allowed))
    });
    if is_allowed && parts.all(is_utf8) {
        return Ok(());
    }
    Err(unsupported(format!(
        "The body must be {} in UTF-8.",
        allowed.join(" or ")
    )))
}

/// Returns whether a parameter of a media type keeps the charset UTF-8. JSON has no other parameters.
fn is_utf8(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    !name.trim().eq_ignore_ascii_case("charset")
        || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}

/// Reads a body, and charges it unless its announced length is charged already.
async fn read(request: Request, state: &AppState) -> Result<Bytes> {
    let is_charged = announced_length(request.headers()) > 0;
    let context = request.extensions().get::<RequestContext>();
    let payer = context.and_then(RequestContext::payer);
    let bytes = read_body(request, limit::BODY_BYTES).await?;
    if let Some(Payer { tenant, user }) = payer
        && !is_charged
    {
        let cost = cost_of(bytes.len());
        state.authenticator().charge(tenant, user, cost);
    }
    Ok(bytes)
}

/// Reads a body of at most `max_bytes`. Meanwhile the request occupies no slot of
/// the concurrent requests; afterwards the buffer of its response is reserved.
///
/// # Errors
/// 413 `payload_too_large`, 408 `request_timeout` if the body stops arriving,
/// 400 if it ends early, 429 and 503 if a limit of the server is reached.
pub async fn read_body(request: Request, max_bytes: usize) -> Result<Bytes> {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > max_bytes as u64) {
        return Err(too_large(max_bytes));
    }
    let context = request.extensions().get::<RequestContext>().cloned();
    let occupancy = request.extensions().get::<Occupancy>().cloned();
    let set_receiving = |is_receiving: bool| {
        if let Some(context) = &context {
            context.set_receiving_body(is_receiving);
        }
    };
    let body = request.into_body();
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let Some(occupancy) = occupancy else {
        return collect(body, max_bytes, None).await;
    };
    set_receiving(true);
    let bytes = occupancy
        .without_slot(collect(body, max_bytes, Some(&occupancy)))
        .await;
    set_receiving(false);
    let bytes = bytes?;
    occupancy.reserve_response(limit::MESSAGE_BYTES).await?;
    Ok(bytes)
}

/// Bytes of a body that do not count towards the buffers of user and tenant.
const UNCOUNTED_BYTES: usize = 16 * 1024;

/// Bytes that are reserved at once while a body arrives.
const RESERVATION_BYTES: usize = 64 * 1024;

async fn collect(
    body: RequestBody,
    max_bytes: usize,
    occupancy: Option<&Occupancy>,
) -> Result<Bytes> {
    let mut chunks = body.into_data_stream();
    let mut collected = Vec::new();
    let mut reserved = UNCOUNTED_BYTES;
    loop {
        let chunk = timeout(CHUNK_TIMEOUT, chunks.next())
            .await
            .map_err(|_| chunk_timeout())?;
        let Some(chunk) = chunk else {
            return Ok(collected.into());
        };
        let chunk = chunk.map_err(|_| malformed())?;
        if collected.len() + chunk.len() > max_bytes {
            return Err(too_large(max_bytes));
        }
        while collected.len() + chunk.len() > reserved {
            if let Some(occupancy) = occupancy {
                occupancy.reserve_request(RESERVATION_BYTES).await?;
            }
            reserved += RESERVATION_BYTES;
        }
        collected.extend_from_slice(&chunk);
    }
}

fn too_large(max_bytes: usize) -> Error {
    Error::new(
        ErrorCode::PayloadTooLarge,
        format!("The body exceeds {max_bytes} bytes."),
    )
}

fn chunk_timeout() -> Error {
    let detail = format!(
        "No data of the body arrived within {} seconds.",
        limit::BODY_STALL_SECONDS
    );
    Error::new(ErrorCode::RequestTimeout, detail)
}

fn malformed() -> Error {
    Error::invalid("", "The body is malformed or incomplete.")
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::sync::Arc;

    use axum::body::Body as RequestBody;
    use futures_util::stream::{self, StreamExt as _};
    use tokio::sync::Semaphore;
    use tokio::time::{Instant, sleep};

    use super::*;

    /// Returns a body that sends one byte every two seconds and does not end.
    fn slow_body(bytes: usize) -> RequestBody {
        let chunks = stream::iter(0..bytes).then(async |_| {
            sleep(Duration::from_secs(2)).await;
            Ok::<_, Infallible>("x")
        });
        RequestBody::from_stream(chunks.chain(stream::pending()))
    }

    #[tokio::test(start_paused = true)]
    async fn body_that_stops_arriving_times_out() {
        let start = Instant::now();
        let error = read_body(Request::new(slow_body(3)), 10).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::RequestTimeout);
        assert_eq!(start.elapsed(), Duration::from_secs(3 * 2) + CHUNK_TIMEOUT);
    }

    #[tokio::test]
    async fn body_without_length_is_limited() {
        let chunks = stream::iter(0..3).map(|_| Ok::<_, Infallible>("12345"));
        let body = RequestBody::from_stream(chunks);
        assert_eq!(
            read_body(Request::new(body), 14).await.unwrap_err().code,
            ErrorCode::PayloadTooLarge
        );
    }

    #[tokio::test(start_paused = true)]
    async fn request_releases_its_slot_while_the_body_arrives() {
        let slots = Arc::new(Semaphore::new(1));
        let mut request = Request::new(slow_body(3));
        request
            .extensions_mut()
            .insert(Occupancy::begin(Arc::clone(&slots)).unwrap());
        assert!(Occupancy::begin(Arc::clone(&slots)).is_err());
        let reading = tokio::spawn(read_body(request, 10));
        sleep(Duration::from_secs(1)).await;
        let other = Occupancy::begin(slots).unwrap();
        assert_eq!(
            reading.await.unwrap().unwrap_err().code,
            ErrorCode::RequestTimeout
        );
        drop(other);
    }

    #[tokio::test(start_paused = true)]
    async fn request_acquires_a_slot_again_after_the_body() {
        let slots = Arc::new(Semaphore::new(1));
        let chunks = stream::once(async {
            sleep(Duration::from_secs(2)).await;
            Ok::<_, Infallible>("x")
        });
        let mut request = Request::new(RequestBody::from_stream(chunks));
        request
            .extensions_mut()
            .insert(Occupancy::begin(Arc::clone(&slots)).unwrap());
        let reading = tokio::spawn(read_body(request, 10));
        sleep(Duration::from_secs(1)).await;
        let _other = Occupancy::begin(slots).unwrap();
        assert_eq!(
            reading.await.unwrap().unwrap_err().code,
            ErrorCode::Unavailable
        );
    }
}
