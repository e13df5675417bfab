//! `/v1/users/{user}/preferences`.

mod get;
mod update;

use get::{__path_get_preferences, get_preferences};
use update::{__path_update_preferences, update_preferences};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_preferences, update_preferences))
}
