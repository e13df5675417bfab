//! `/v1/users/{user}/profile`.

mod get;
mod update;

use get::{__path_get_profile, get_profile};
use update::{__path_update_profile, update_profile};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_profile, update_profile))
}
