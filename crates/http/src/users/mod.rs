//! `/v1/users`.

mod deactivate;
mod delete;
mod export;
mod get;
mod list;
mod log;
mod messages;
mod reactivate;
mod update;
mod upsert;
mod upsert_batch;

use deactivate::{__path_deactivate_user, deactivate_user};
use delete::{__path_delete_user, delete_user};
use export::{__path_export_user, export_user};
use get::{__path_get_user, get_user};
use list::{__path_list_users, list_users};
use log::{__path_get_user_log, get_user_log};
use messages::{__path_list_messages_of_user, list_messages_of_user};
use reactivate::{__path_reactivate_user, reactivate_user};
use update::{__path_update_user, update_user};
use upsert::{__path_upsert_user, upsert_user};
use upsert_batch::{__path_upsert_users, upsert_users};
use utoipa_axum::router::OpenApiRouter;
use utoipa_axum::routes;

use crate::api::Api;

pub(crate) fn routes() -> OpenApiRouter<Api> {
    OpenApiRouter::new()
        .routes(routes!(list_users, upsert_user))
        .routes(routes!(upsert_users))
        .routes(routes!(get_user, update_user, delete_user))
        .routes(routes!(export_user))
        .routes(routes!(deactivate_user))
        .routes(routes!(reactivate_user))
        .routes(routes!(list_messages_of_user))
        .routes(routes!(get_user_log))
}
