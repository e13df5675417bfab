//! `/v1/settings`.

mod get;
mod update;

use get::{__path_get_settings, get_settings};
use update::{__path_update_settings, update_settings};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![get_settings, update_settings]
}
