//! Settings of a tenant: `/v1/settings`.

use axum::Json;
use domain::auth::AuthContext;
use domain::settings;
use wire::{TenantSettings, TenantSettingsPatch};

use crate::error::ApiResult;
use crate::extract::Body;
use crate::routes::{Routes, routes};

/// Get the settings
///
/// Returns the settings of the tenant, or the defaults as version 1 if they were never changed.
/// Requires an API key with `settings:read` and no acting user.
#[utoipa::path(
    get, path = "/v1/settings", tag = "settings",
    responses((status = 200, description = "The settings.", body = TenantSettings)),
)]
async fn get_settings(auth: AuthContext) -> ApiResult<Json<TenantSettings>> {
    Ok(Json(settings::get(&auth.tenant).await?.into()))
}

/// Update the settings
///
/// Updates the given settings; omitted settings keep their value. Fails with 409 `version_conflict`
/// if `version` is given and is not the current one. Requires an API key with `settings:write` and
/// no acting user.
#[utoipa::path(
    patch, path = "/v1/settings", tag = "settings", request_body = TenantSettingsPatch,
    responses((status = 200, description = "The settings.", body = TenantSettings)),
)]
async fn update_settings(
    auth: AuthContext,
    Body(patch): Body<TenantSettingsPatch>,
) -> ApiResult<Json<TenantSettings>> {
    let version = patch.version;
    Ok(Json(
        settings::update(&auth.tenant, patch.into(), version)
            .await?
            .into(),
    ))
}

pub(crate) fn routes() -> Routes {
    routes![
        "settings": "Settings and retention of a tenant.";
        get_settings: Server [SettingsRead],
        update_settings: Server [SettingsWrite],
    ]
}
