//! What users did.

mod list;
mod list_of_user;
mod record;

use list::{__path_list_activities, list_activities};
use list_of_user::{__path_list_activities_of_user, list_activities_of_user};
use record::{__path_record_activity, record_activity};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new().routes(routes!(list_activities)).routes(routes!(list_activities_of_user, record_activity))
}
