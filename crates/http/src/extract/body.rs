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

use super::single;
use crate::api::Api;
use crate::cost::{Payer, cost_of, length};
use crate::envelope::{Occupancy, Trail};
use crate::refusal::Refusal;

/// How long a body may stop arriving.
const STALL: Duration = Duration::from_secs(limit::BODY_STALL_SECONDS as u64);

const JSON: &str = "application/json";
const MERGE_PATCH: &str = "application/merge-patch+json";

/// A JSON body of the right shape.
#[derive(Debug)]
pub(crate) struct Body<T>(pub(crate) T);

/// A JSON body of the right shape with its text, which tells a repeat from another request.
#[derive(Debug)]
pub(crate) struct RawBody<T>(pub(crate) T, pub(crate) Bytes);

/// A JSON body of the right shape, or none.
#[derive(Debug)]
pub(crate) struct OptionalBody<T>(pub(crate) T);

/// A JSON Merge Patch of a `T`, as such or as plain JSON.
#[derive(Debug)]
pub(crate) struct Patch<T>(pub(crate) MergePatch<T>);

impl<T: 'static> FromRequest<Api> for Patch<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        check_type(request.headers(), &[JSON, MERGE_PATCH])?;
        Ok(Self(strict::parse(&read(request, api).await?)?))
    }
}

impl<T: DeserializeOwned> FromRequest<Api> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        RawBody::from_request(request, api)
            .await
            .map(|RawBody(value, _)| Self(value))
    }
}

impl<T: DeserializeOwned> FromRequest<Api> for RawBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        check_type(request.headers(), &[JSON])?;
        let bytes = read(request, api).await?;
        Ok(Self(strict::parse(&bytes)?, bytes))
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Api> for OptionalBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        let checked = check_type(request.headers(), &[JSON]);
        let bytes = read(request, api).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        checked?;
        Ok(Self(strict::parse(&bytes)?))
    }
}

/// Checks that the body is of an allowed type, in UTF-8 and not compressed.
fn check_type(headers: &HeaderMap, allowed: &[&str]) -> Result<()> {
    let unsupported = |detail: String| Error::new(ErrorCode::UnsupportedMediaType, detail);
    if let Some(coding) = single(headers, &CONTENT_ENCODING)?
        .filter(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(unsupported(format!(
            "Send the body without Content-Encoding: {coding} is not supported."
        )));
    }
    let parts = single(headers, &CONTENT_TYPE)?.unwrap_or_default();
    let mut parts = parts.split(';').map(str::trim);
    let known = parts.next().is_some_and(|kind| {
        allowed
            .iter()
            .any(|allowed| kind.eq_ignore_ascii_case(allowed))
    });
    if known && parts.all(is_utf8) {
        return Ok(());
    }
    Err(unsupported(format!(
        "The body must be {} in UTF-8.",
        allowed.join(" or ")
    )))
}

/// Whether a parameter of a media type leaves the charset at UTF-8. Others than `charset` mean nothing for JSON.
fn is_utf8(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    !name.trim().eq_ignore_ascii_case("charset")
        || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}

/// Reads a body. What its head announced was counted with the request.
async fn read(request: Request, api: &Api) -> Result<Bytes> {
    let is_announced = length(request.headers()) > 0;
    let payer = request.extensions().get::<Trail>().and_then(Trail::payer);
    let bytes = read_body(request, limit::BODY_BYTES).await?;
    if let Some(Payer { tenant, user }) = payer
        && !is_announced
    {
        api.door().charge(tenant, user, cost_of(bytes.len()));
    }
    Ok(bytes)
}

/// Reads a body of at most this many bytes. The request holds no place among
/// those being answered meanwhile; afterwards there is room for its response.
///
/// # Errors
/// 413 `payload_too_large`, 408 `request_timeout` if the body stops arriving,
/// 400 if it ends early, 429 and 503 as `Occupancy` says.
pub async fn read_body(request: Request, most: usize) -> Result<Bytes> {
    let length = request
        .headers()
        .get(CONTENT_LENGTH)
        .and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > most as u64) {
        return Err(too_large(most));
    }
    let trail = request.extensions().get::<Trail>().cloned();
    let occupancy = request.extensions().get::<Occupancy>().cloned();
    let arriving = |arriving: bool| {
        if let Some(trail) = &trail {
            trail.set_arriving(arriving);
        }
    };
    let body = request.into_body();
    if body.is_end_stream() {
        return Ok(Bytes::new());
    }
    let Some(occupancy) = occupancy else {
        return collect(body, most, None).await;
    };
    arriving(true);
    let bytes = occupancy
        .without_place(collect(body, most, Some(&occupancy)))
        .await;
    arriving(false);
    let bytes = bytes?;
    occupancy.reserve_response(limit::MESSAGE_BYTES).await?;
    Ok(bytes)
}

/// Bytes of a body that are buffered before they count towards the buffers of user and tenant.
const UNCOUNTED: usize = 16 * 1024;

/// Bytes that are reserved together as a body arrives.
const STEP: usize = 64 * 1024;

async fn collect(body: RequestBody, most: usize, occupancy: Option<&Occupancy>) -> Result<Bytes> {
    let mut chunks = body.into_data_stream();
    let mut collected = Vec::new();
    let mut reserved = UNCOUNTED;
    loop {
        let chunk = timeout(STALL, chunks.next()).await.map_err(|_| stalled())?;
        let Some(chunk) = chunk else {
            return Ok(collected.into());
        };
        let chunk = chunk.map_err(|_| cut_short())?;
        if collected.len() + chunk.len() > most {
            return Err(too_large(most));
        }
        while collected.len() + chunk.len() > reserved {
            if let Some(occupancy) = occupancy {
                occupancy.reserve_request(STEP).await?;
            }
            reserved += STEP;
        }
        collected.extend_from_slice(&chunk);
    }
}

fn too_large(most: usize) -> Error {
    Error::new(
        ErrorCode::PayloadTooLarge,
        format!("The body has more than {most} bytes."),
    )
}

fn stalled() -> Error {
    let detail = format!(
        "No byte of the body arrived for {} seconds.",
        limit::BODY_STALL_SECONDS
    );
    Error::new(ErrorCode::RequestTimeout, detail)
}

fn cut_short() -> Error {
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

    /// A body of so many bytes that arrive one every two seconds, and then none.
    fn trickling(bytes: usize) -> RequestBody {
        let chunks = stream::iter(0..bytes).then(async |_| {
            sleep(Duration::from_secs(2)).await;
            Ok::<_, Infallible>("x")
        });
        RequestBody::from_stream(chunks.chain(stream::pending()))
    }

    #[tokio::test(start_paused = true)]
    async fn a_body_that_stops_arriving_times_out() {
        let begun = Instant::now();
        let error = read_body(Request::new(trickling(3)), 10).await.unwrap_err();
        assert_eq!(error.code, ErrorCode::RequestTimeout);
        assert_eq!(begun.elapsed(), Duration::from_secs(3 * 2) + STALL);
    }

    #[tokio::test]
    async fn a_body_is_bounded_also_without_a_length() {
        let chunks = stream::iter(0..3).map(|_| Ok::<_, Infallible>("12345"));
        let body = RequestBody::from_stream(chunks);
        assert_eq!(
            read_body(Request::new(body), 14).await.unwrap_err().code,
            ErrorCode::PayloadTooLarge
        );
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_whose_body_is_arriving_takes_no_place() {
        let places = Arc::new(Semaphore::new(1));
        let mut request = Request::new(trickling(3));
        request
            .extensions_mut()
            .insert(Occupancy::begin(Arc::clone(&places)).unwrap());
        assert!(Occupancy::begin(Arc::clone(&places)).is_err());
        let reading = tokio::spawn(read_body(request, 10));
        sleep(Duration::from_secs(1)).await;
        let other = Occupancy::begin(places).unwrap();
        assert_eq!(
            reading.await.unwrap().unwrap_err().code,
            ErrorCode::RequestTimeout
        );
        drop(other);
    }

    #[tokio::test(start_paused = true)]
    async fn a_request_whose_body_has_arrived_needs_a_place_again() {
        let places = Arc::new(Semaphore::new(1));
        let chunks = stream::once(async {
            sleep(Duration::from_secs(2)).await;
            Ok::<_, Infallible>("x")
        });
        let mut request = Request::new(RequestBody::from_stream(chunks));
        request
            .extensions_mut()
            .insert(Occupancy::begin(Arc::clone(&places)).unwrap());
        let reading = tokio::spawn(read_body(request, 10));
        sleep(Duration::from_secs(1)).await;
        let _other = Occupancy::begin(places).unwrap();
        assert_eq!(
            reading.await.unwrap().unwrap_err().code,
            ErrorCode::Unavailable
        );
    }
}
