//! `/v1/users/{user}/erasure` and `/v1/erasures`.

mod create;
mod get;

use create::{__path_erase_user, erase_user};
use get::{__path_get_erasure, get_erasure};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(erase_user)).routes(routes!(get_erasure))
}
