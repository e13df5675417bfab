use axum::http::StatusCode;
use domain::devices::remove;

use crate::extract::{Caller, DevicePath, own_user};
use crate::refusal::Answer;

/// Remove a device
///
/// Its connections are closed with 4003 `device_removed`. For the tenant's servers and the user alone.
#[utoipa::path(
    delete, path = "/v1/users/{user}/devices/{device}", tag = "devices",
    params(("user" = wire::schema::Named, Path), ("device" = wire::schema::DeviceId, Path)),
    responses((status = 204, description = "Removed.")),
)]
pub(super) async fn remove_device(
    caller: Caller,
    DevicePath(name, device): DevicePath,
) -> Answer<StatusCode> {
    let user = own_user(&caller, &name).await?;
    remove(&caller.tenant, user, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}
