//! `/v1/users/{user}/erasure` and `/v1/erasures`.

mod create;
mod get;

use create::{__path_erase_user, erase_user};
use get::{__path_get_erasure, get_erasure};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![erase_user, get_erasure]
}
