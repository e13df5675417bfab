use axum::Json;
use domain::settings;
use wire::TenantSettings;

use crate::extract::Caller;
use crate::refusal::Answer;

/// Get the settings
///
/// How the tenant's chat behaves; the defaults, as version 1, if they were never changed.
#[utoipa::path(
    get, path = "/v1/settings", tag = "settings",
    responses((status = 200, description = "The settings.", body = TenantSettings)),
)]
pub(super) async fn get_settings(caller: Caller) -> Answer<Json<TenantSettings>> {
    Ok(Json(settings::get(&caller.tenant).await?.into()))
}
