//! What belongs to no tenant.

mod health;
mod limits;
mod readiness;

use health::{__path_get_health, get_health};
use limits::{__path_get_limits, get_limits};
use readiness::{__path_get_readiness, get_readiness};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(get_limits)).routes(routes!(get_health)).routes(routes!(get_readiness))
}
