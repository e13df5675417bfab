use axum::Json;
use axum::extract::State;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use domain::activities::record;
use wire::{Activity, NewActivity};

use crate::api::Api;
use crate::extract::{Caller, IdempotencyKey, RawBody, UserPath};
use crate::refusal::Answer;

/// Tell what a user did
///
/// For the tenant's servers and the user alone. It is forgotten 90 days after it was done.
#[utoipa::path(
    post, path = "/v1/users/{user}/activities", tag = "activities",
    params(("user" = wire::schema::Named, Path), ("Idempotency-Key" = Option<wire::schema::IdempotencyKey>, Header)),
    request_body = NewActivity, responses((status = 201, description = "Recorded.", body = Activity)),
)]
pub(super) async fn record_activity(
    State(api): State<Api>,
    caller: Caller,
    UserPath(name): UserPath,
    IdempotencyKey(key): IdempotencyKey,
    RawBody(new, text): RawBody<NewActivity>,
) -> Answer<(StatusCode, HeaderMap, Json<Activity>)> {
    let user = name.to_string();
    let attempt = key
        .map(|key| api.attempt(&caller, &key, &[b"record_activity", user.as_bytes(), &text]))
        .transpose()?;
    let recorded = record(
        &caller.tenant,
        caller.actor,
        &name,
        new.into(),
        attempt.as_ref(),
    )
    .await?;
    let mut headers = HeaderMap::new();
    if recorded.replayed {
        headers.insert("idempotent-replayed", HeaderValue::from_static("true"));
    }
    Ok((
        StatusCode::CREATED,
        headers,
        Json(Activity::of(&recorded.activity)?),
    ))
}
