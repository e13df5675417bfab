//! `/v1/users/{user}/profile`.

mod get;
mod update;

use get::{__path_get_profile, get_profile};
use update::{__path_update_profile, update_profile};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![get_profile, update_profile]
}
