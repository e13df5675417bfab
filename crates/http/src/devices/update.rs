use axum::Json;
use domain::devices::rename;
use wire::{Device, DevicePatch};

use crate::extract::{Body, Caller, DevicePath, own_user};
use crate::refusal::Answer;

/// Rename a device
///
/// For the tenant's servers and the user alone.
#[utoipa::path(
    patch, path = "/v1/users/{user}/devices/{device}", tag = "devices",
    params(("user" = wire::schema::Named, Path), ("device" = wire::schema::DeviceId, Path)),
    request_body = DevicePatch, responses((status = 200, description = "The device.", body = Device)),
)]
pub(super) async fn update_device(
    caller: Caller,
    DevicePath(name, device): DevicePath,
    Body(patch): Body<DevicePatch>,
) -> Answer<Json<Device>> {
    let user = own_user(&caller, &name).await?;
    Ok(Json(Device::from(
        &rename(&caller.tenant, user, &device, patch.name).await?,
    )))
}
