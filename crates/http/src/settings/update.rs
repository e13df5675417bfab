use axum::Json;
use domain::settings;
use wire::{TenantSettings, TenantSettingsPatch};

use crate::extract::{Body, Caller};
use crate::refusal::Answer;

/// Change the settings
///
/// Only the given ones change.
#[utoipa::path(
    patch, path = "/v1/settings", tag = "settings", request_body = TenantSettingsPatch,
    responses((status = 200, description = "The settings.", body = TenantSettings)),
)]
pub(super) async fn update_settings(
    caller: Caller,
    Body(patch): Body<TenantSettingsPatch>,
) -> Answer<Json<TenantSettings>> {
    let version = patch.version;
    Ok(Json(
        settings::update(&caller.tenant, patch.into(), version)
            .await?
            .into(),
    ))
}
