use axum::body::Bytes;
use axum::extract::{FromRequest, Request};
use axum::http::HeaderMap;
use axum::http::header::{CONTENT_LENGTH, CONTENT_TYPE};
use base::{Code, Failure, Result, limit};
use serde::de::DeserializeOwned;
use wire::{MergePatch, strict};

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

fn check_type(headers: &HeaderMap, allowed: &[&str]) -> Result<()> {
    let told = || {
        let detail = format!("The body must be {} in UTF-8.", allowed.join(" or "));
        Failure::new(Code::UnsupportedMediaType, detail)
    };
    let text = headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok()).ok_or_else(told)?;
    let mut parts = text.split(';').map(str::trim);
    let known = parts.next().is_some_and(|kind| allowed.iter().any(|allowed| kind.eq_ignore_ascii_case(allowed)));
    let utf8 = parts.all(|rest| rest.eq_ignore_ascii_case("charset=utf-8"));
    if known && utf8 { Ok(()) } else { Err(told()) }
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
    let bytes = axum::body::to_bytes(request.into_body(), limit::BODY_BYTES).await;
    arriving(false);
    // Beside the bound, a body only fails when its sender goes away, who reads no answer then.
    bytes.map_err(|_| too_large())
}

fn too_large() -> Failure {
    Failure::new(Code::PayloadTooLarge, format!("The body has more than {} bytes.", limit::BODY_BYTES))
}
