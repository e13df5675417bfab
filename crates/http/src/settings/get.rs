use axum::Json;
use domain::settings;
use wire::TenantSettings;

use crate::extract::Caller;
use crate::refusal::Answer;

/// Get the settings
///
/// How the tenant's chat behaves; version 0 while nobody has changed them.
#[utoipa::path(
    get, path = "/v1/settings", tag = "settings",
    responses((status = 200, description = "The settings.", body = TenantSettings)),
)]
pub(super) async fn get_settings(caller: Caller) -> Answer<Json<TenantSettings>> {
    Ok(Json(TenantSettings::of(&settings::get(&caller.tenant).await?)))
}
