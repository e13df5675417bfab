use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use domain::app_data::{Expected, put};
use wire::{AppDatum, AppDatumWrite, json_text};

use super::named::key;
use crate::api::Api;
use crate::extract::{AppDataPath, Body, Caller};
use crate::refusal::Answer;

/// Write app data
///
/// Writes the value under the key, whether there was one or not. With a `version` only over that one: another is 409
/// `version_conflict` with the value that stands and its version. For the tenant's servers and the user alone.
#[utoipa::path(
    put, path = "/v1/users/{user}/apps/{app}/data/{data_key}", tag = "app data",
    params(
        ("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path),
        ("data_key" = wire::schema::ExternalId, Path),
    ),
    request_body = AppDatumWrite,
    responses(
        (status = 201, description = "Written; there was none.", body = AppDatum),
        (status = 200, description = "Written over another.", body = AppDatum),
    ),
)]
pub(super) async fn put_app_data(
    State(api): State<Api>,
    caller: Caller,
    path: AppDataPath,
    Body(write): Body<AppDatumWrite>,
) -> Answer<(StatusCode, Json<AppDatum>)> {
    let key = key(&api, &caller, path).await?;
    let expected = write.version.map_or(Expected::Any, Expected::Version);
    let written = put(
        &caller.tenant,
        caller.actor,
        &key,
        json_text(&write.value),
        expected,
    )
    .await?;
    let status = if written.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(AppDatum::of(&written.datum)?)))
}
