use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::app_data::{Expected, put};
use wire::{AppDatum, NewAppDatum, json_text};

use super::named::of_app;
use crate::api::Api;
use crate::extract::{AppPath, Body, Caller};
use crate::refusal::Answer;

/// Write app data under a new key
///
/// Refused with 409 `version_conflict`, the value and its version, when there is a value under the key already. For the
/// tenant's servers and the user alone.
#[utoipa::path(
    post, path = "/v1/users/{user}/apps/{app}/data", tag = "app data",
    params(("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path)),
    request_body = NewAppDatum, responses((status = 201, description = "Written.", body = AppDatum)),
)]
pub(super) async fn create_app_data(
    State(api): State<Api>,
    caller: Caller,
    path: AppPath,
    Body(new): Body<NewAppDatum>,
) -> Answer<(StatusCode, Json<AppDatum>)> {
    let key = of_app(&api, &caller, path, new.data_key).await?;
    let made = put(
        &caller.tenant,
        caller.actor,
        &key,
        json_text(&new.value),
        Expected::Absent,
    )
    .await?;
    Ok((StatusCode::CREATED, Json(AppDatum::of(&made.datum)?)))
}
