use axum::Json;
use domain::devices::list;
use wire::{Device, Listed};

use crate::extract::{Caller, UserPath, own_user};
use crate::refusal::Answer;

/// List devices
///
/// All devices of a user, at most 20. For the tenant's servers and the user alone.
#[utoipa::path(
    get, path = "/v1/users/{user}/devices", tag = "devices", params(("user" = wire::schema::Named, Path)),
    responses((status = 200, description = "The devices.", body = Listed<Device>)),
)]
pub(super) async fn list_devices(caller: Caller, UserPath(name): UserPath) -> Answer<Json<Listed<Device>>> {
    let user = own_user(&caller, &name).await?;
    let devices = list(&caller.tenant, user).await?;
    Ok(Json(Listed { data: devices.iter().map(Device::from).collect() }))
}
