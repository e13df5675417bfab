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

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        list_users,
        upsert_user,
        upsert_users,
        get_user,
        update_user,
        delete_user,
        export_user,
        deactivate_user,
        reactivate_user,
        list_messages_of_user,
        get_user_log
    ]
}
