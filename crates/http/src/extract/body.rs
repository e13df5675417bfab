use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE};
use base::{Code, Failure, Result, limit};
use futures_util::StreamExt as _;
use serde::de::DeserializeOwned;
use wire::{MergePatch, strict};

use super::single;
use crate::api::Api;
use crate::envelope::Trail;
use crate::refusal::Refusal;

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

    async fn from_request(request: Request, _: &Api) -> Result<Self, Refusal> {
        check_type(request.headers(), &[JSON, MERGE_PATCH])?;
        Ok(Self(strict::parse(&read(request).await?)?))
    }
}

impl<T: DeserializeOwned> FromRequest<Api> for Body<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, api: &Api) -> Result<Self, Refusal> {
        RawBody::from_request(request, api).await.map(|RawBody(value, _)| Self(value))
    }
}

impl<T: DeserializeOwned> FromRequest<Api> for RawBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Api) -> Result<Self, Refusal> {
        check_type(request.headers(), &[JSON])?;
        let bytes = read(request).await?;
        Ok(Self(strict::parse(&bytes)?, bytes))
    }
}

impl<T: DeserializeOwned + Default> FromRequest<Api> for OptionalBody<T> {
    type Rejection = Refusal;

    async fn from_request(request: Request, _: &Api) -> Result<Self, Refusal> {
        let checked = check_type(request.headers(), &[JSON]);
        let bytes = read(request).await?;
        if bytes.is_empty() {
            return Ok(Self(T::default()));
        }
        checked?;
        Ok(Self(strict::parse(&bytes)?))
    }
}

/// Checks that the body is of an allowed type, in UTF-8 and not compressed.
fn check_type(headers: &HeaderMap, allowed: &[&str]) -> Result<()> {
    let unsupported = |detail: String| Failure::new(Code::UnsupportedMediaType, detail);
    if let Some(coding) = single(headers, &CONTENT_ENCODING)?.filter(|coding| !coding.eq_ignore_ascii_case("identity"))
    {
        return Err(unsupported(format!("Send the body without Content-Encoding: {coding} is not supported.")));
    }
    let parts = single(headers, &CONTENT_TYPE)?.unwrap_or_default();
    let mut parts = parts.split(';').map(str::trim);
    let known = parts.next().is_some_and(|kind| allowed.iter().any(|allowed| kind.eq_ignore_ascii_case(allowed)));
    if known && parts.all(is_utf8) {
        return Ok(());
    }
    Err(unsupported(format!("The body must be {} in UTF-8.", allowed.join(" or "))))
}

/// Whether a parameter of a media type leaves the charset at UTF-8. Others than `charset` mean nothing for JSON.
fn is_utf8(parameter: &str) -> bool {
    let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
    !name.trim().eq_ignore_ascii_case("charset") || value.trim().trim_matches('"').eq_ignore_ascii_case("utf-8")
}

async fn read(request: Request) -> Result<Bytes> {
    let length = request.headers().get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    if length.is_some_and(|length| length > limit::BODY_BYTES as u64) {
        return Err(too_large());
    }
    let trail = request.extensions().get::<Trail>().cloned();
    let arriving = |arriving: bool| {
        if let Some(trail) = &trail {
            trail.set_arriving(arriving);
        }
    };
    arriving(true);
    let bytes = collect(request.into_body()).await;
    arriving(false);
    bytes
}

/// Returns the whole body.
///
/// # Errors
/// 413 beyond [`limit::BODY_BYTES`], 400 when it breaks off or its chunks are malformed.
async fn collect(body: axum::body::Body) -> Result<Bytes> {
    let mut chunks = body.into_data_stream();
    let mut whole = Vec::new();
    while let Some(chunk) = chunks.next().await {
        let broken = |_| Failure::invalid("", "The body is malformed or incomplete.");
        let chunk = chunk.map_err(broken)?;
        if whole.len() + chunk.len() > limit::BODY_BYTES {
            return Err(too_large());
        }
        whole.extend_from_slice(&chunk);
    }
    Ok(whole.into())
}

fn too_large() -> Failure {
    Failure::new(Code::PayloadTooLarge, format!("The body has more than {} bytes.", limit::BODY_BYTES))
}
