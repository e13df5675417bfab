use axum::extract::State;
use axum::http::StatusCode;
use base::Error;
use domain::app_data::delete;
use serde::Deserialize;
use utoipa::IntoParams;

use super::named::key;
use crate::api::Api;
use crate::extract::{AppDataPath, Caller, Query, number};
use crate::refusal::Answer;

/// Which version is removed.
#[derive(Debug, Deserialize, IntoParams)]
#[serde(deny_unknown_fields)]
#[into_params(parameter_in = Query)]
pub(super) struct DeleteQuery {
    /// The version that was read; another one that stands is 409 `version_conflict`.
    #[serde(default, deserialize_with = "number")]
    #[param(minimum = 1)]
    version: Option<i64>,
}

/// Delete app data
///
/// For the tenant's servers and the user alone.
#[utoipa::path(
    delete, path = "/v1/users/{user}/apps/{app}/data/{data_key}", tag = "app data",
    params(
        ("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path),
        ("data_key" = wire::schema::ExternalId, Path), DeleteQuery,
    ),
    responses((status = 204, description = "Deleted."), (status = 409, description = "Another version stands.")),
)]
pub(super) async fn delete_app_data(
    State(api): State<Api>,
    caller: Caller,
    path: AppDataPath,
    Query(query): Query<DeleteQuery>,
) -> Answer<StatusCode> {
    if query.version.is_some_and(|version| version < 1) {
        return Err(Error::invalid("version", "Expected 1 or more.").into());
    }
    let key = key(&api, &caller, path).await?;
    delete(&caller.tenant, caller.actor, &key, query.version).await?;
    Ok(StatusCode::NO_CONTENT)
}
