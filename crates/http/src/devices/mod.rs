//! `/v1/users/{user}/devices`.

mod list;
mod register;
mod remove;
mod update;

use list::{__path_list_devices, list_devices};
use register::{__path_register_device, register_device};
use remove::{__path_remove_device, remove_device};
use update::{__path_update_device, update_device};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_devices)).routes(routes!(register_device, update_device, remove_device))
}
