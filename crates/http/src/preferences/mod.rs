//! `/v1/users/{user}/preferences`.

mod get;
mod update;

use get::{__path_get_preferences, get_preferences};
use update::{__path_update_preferences, update_preferences};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![get_preferences, update_preferences]
}
