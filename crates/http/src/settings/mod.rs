//! `/v1/settings`.

mod get;
mod update;

use get::{__path_get_settings, get_settings};
use update::{__path_update_settings, update_settings};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_settings, update_settings))
}
