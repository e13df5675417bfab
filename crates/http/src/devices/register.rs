use axum::Json;
use axum::http::StatusCode;
use domain::devices::register;
use wire::{Device, DeviceRegistration};

use crate::extract::{Body, Caller, DevicePath, own_user};
use crate::refusal::Answer;

/// Register a device
///
/// Under the name by which it connects (`device_id` in `hello`); one that is registered is brought up to date, and what
/// is not given stays. A push token that was another device's is that one's no more. For the tenant's servers and the
/// user alone.
#[utoipa::path(
    put, path = "/v1/users/{user}/devices/{device}", tag = "devices",
    params(("user" = wire::schema::Named, Path), ("device" = wire::schema::DeviceId, Path)),
    request_body = DeviceRegistration,
    responses(
        (status = 201, description = "Registered.", body = Device),
        (status = 200, description = "Registered before, and up to date now.", body = Device),
    ),
)]
pub(super) async fn register_device(
    caller: Caller,
    DevicePath(name, device): DevicePath,
    Body(registration): Body<DeviceRegistration>,
) -> Answer<(StatusCode, Json<Device>)> {
    let user = own_user(&caller, &name).await?;
    let registered = register(&caller.tenant, user, registration.named(device)).await?;
    let status = if registered.created {
        StatusCode::CREATED
    } else {
        StatusCode::OK
    };
    Ok((status, Json(Device::from(&registered.device))))
}
