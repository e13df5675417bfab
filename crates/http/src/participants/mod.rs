//! `/v1/conversations/{conversation}/participants`.

mod add;
mod list;
mod remove;
mod update;

use add::{__path_add_participants, add_participants};
use list::{__path_list_participants, list_participants};
use remove::{__path_remove_participant, remove_participant};
use update::{__path_update_participant, update_participant};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_participants, add_participants))
        .routes(routes!(update_participant, remove_participant))
}
