//! `/v1/messages/{message}/reactions`.

mod add;
mod remove;

use add::{__path_add_reaction, add_reaction};
use remove::{__path_remove_reaction, remove_reaction};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(add_reaction, remove_reaction))
}
