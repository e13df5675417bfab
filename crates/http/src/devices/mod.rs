//! `/v1/users/{user}/devices`.

mod list;
mod register;
mod remove;
mod update;

use list::{__path_list_devices, list_devices};
use register::{__path_register_device, register_device};
use remove::{__path_remove_device, remove_device};
use update::{__path_update_device, update_device};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![list_devices, register_device, update_device, remove_device]
}
