//! Devices of a user: `/v1/users/{user}/devices`.

use axum::Json;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::Response;
use domain::auth::AuthContext;
use domain::devices::{list_page, register, remove, rename};
use wire::{Device, DevicePatch, DeviceRegistration, Page};

use crate::cursor::ListCursors;
use crate::error::ApiResult;
use crate::extract::{Body, DevicePath, PageQuery, Query, UserPath, own_user};
use crate::page;
use crate::render::created_or_ok;
use crate::routes::{Routes, routes};
use crate::state::AppState;

/// List devices
///
/// Returns the devices of a user, at most 20. Requires `users:read`. Users may call this for
/// themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    get, path = "/v1/users/{user}/devices", tag = "devices", params(("user" = wire::schema::Named, Path), PageQuery),
    responses((status = 200, description = "A page of devices.", body = Page<Device>)),
)]
async fn list_devices(
    State(state): State<AppState>,
    auth: AuthContext,
    UserPath(name): UserPath,
    Query(page): Query<PageQuery>,
) -> ApiResult<Response> {
    let user = own_user(&auth, &name).await?;
    let direction = page.direction();
    let cursors = ListCursors::new(&state, &auth, "list_devices", &user.to_string(), direction);
    let after = cursors.decode(page.cursor.as_deref())?;
    page::respond(page.size()?, async |size| {
        let found = list_page(&auth.tenant, user, size, direction, after.clone()).await?;
        Ok(cursors.page(&found, found.items.iter().map(Device::from).collect()))
    })
    .await
}

/// Register a device
///
/// Creates the device, or updates it if it is already registered; omitted fields keep their value.
/// `device` is the `device_id` that the client sends in its `hello` frame. A push token registered
/// to another device is removed from that device. Requires `users:write`. Users may call this for
/// themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    put, path = "/v1/users/{user}/devices/{device}", tag = "devices",
    params(("user" = wire::schema::Named, Path), ("device" = wire::schema::DeviceId, Path)),
    request_body = DeviceRegistration,
    responses(
        (status = 201, description = "The created device.", body = Device),
        (status = 200, description = "The updated device.", body = Device),
    ),
)]
async fn register_device(
    auth: AuthContext,
    DevicePath(name, device): DevicePath,
    Body(registration): Body<DeviceRegistration>,
) -> ApiResult<(StatusCode, Json<Device>)> {
    let user = own_user(&auth, &name).await?;
    let registered = register(&auth.tenant, user, registration.named(device)).await?;
    let status = created_or_ok(registered.created);
    Ok((status, Json(Device::from(&registered.device))))
}

/// Update a device
///
/// Changes the name of the device; `null` clears it. Requires `users:write`. Users may call this
/// for themselves only; otherwise it fails with 403 `forbidden`.
#[utoipa::path(
    patch, path = "/v1/users/{user}/devices/{device}", tag = "devices",
    params(("user" = wire::schema::Named, Path), ("device" = wire::schema::DeviceId, Path)),
    request_body = DevicePatch, responses((status = 200, description = "The device.", body = Device)),
)]
async fn update_device(
    auth: AuthContext,
    DevicePath(name, device): DevicePath,
    Body(patch): Body<DevicePatch>,
) -> ApiResult<Json<Device>> {
    let user = own_user(&auth, &name).await?;
    Ok(Json(Device::from(
        &rename(&auth.tenant, user, &device, patch.name).await?,
    )))
}

/// Remove a device
///
/// Deletes the device and its push token, and closes its connections with 4003 `device_removed`.
/// Requires `users:write`. Users may call this for themselves only; otherwise it fails with 403
/// `forbidden`.
#[utoipa::path(
    delete, path = "/v1/users/{user}/devices/{device}", tag = "devices",
    params(("user" = wire::schema::Named, Path), ("device" = wire::schema::DeviceId, Path)),
    responses((status = 204, description = "The device is removed.")),
)]
async fn remove_device(
    auth: AuthContext,
    DevicePath(name, device): DevicePath,
) -> ApiResult<StatusCode> {
    let user = own_user(&auth, &name).await?;
    remove(&auth.tenant, user, &device).await?;
    Ok(StatusCode::NO_CONTENT)
}

pub(crate) fn routes() -> Routes {
    routes![
        "devices": "Registered devices and push tokens.";
        list_devices: Caller [UsersRead],
        register_device: Caller [UsersWrite],
        update_device: Caller [UsersWrite],
        remove_device: Caller [UsersWrite],
    ]
}
