use axum::Json;
use axum::extract::State;
use domain::app_data::get;
use wire::{AppDatum, WithIncludes};

use super::named::key;
use crate::api::Api;
use crate::expand::{ExpandParams, Expanding, NoQuery};
use crate::extract::{AppDataPath, Caller};
use crate::refusal::Answer;

/// Get app data
///
/// For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/apps/{app}/data/{data_key}", tag = "app data",
    params(
        ("user" = wire::schema::Named, Path), ("app" = wire::schema::ExternalId, Path),
        ("data_key" = wire::schema::ExternalId, Path), ExpandParams,
    ),
    responses((status = 200, description = "The value.", body = WithIncludes<AppDatum>)),
)]
pub(super) async fn get_app_data(
    State(api): State<Api>,
    caller: Caller,
    path: AppDataPath,
    Expanding(NoQuery {}, expand): Expanding<NoQuery>,
) -> Answer<Json<WithIncludes<AppDatum>>> {
    let key = key(&api, &caller, path).await?;
    let datum = AppDatum::of(&get(&caller.tenant, caller.actor, &key).await?)?;
    Ok(Json(api.expanded(&caller, expand, key.user, datum).await?))
}
