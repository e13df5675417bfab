//! `/v1/conversations`.

mod create;
mod delete;
mod get;
mod join;
mod leave;
mod list;
mod log;
mod shown;
mod update;

use create::{__path_create_conversation, create_conversation};
use delete::{__path_delete_conversation, delete_conversation};
use get::{__path_get_conversation, get_conversation};
use join::{__path_join_conversation, join_conversation};
use leave::{__path_leave_conversation, leave_conversation};
use list::{__path_list_conversations, list_conversations};
use log::{__path_get_log, get_log};
use shown::shown;
use update::{__path_update_conversation, update_conversation};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        list_conversations,
        create_conversation,
        get_conversation,
        update_conversation,
        delete_conversation,
        join_conversation,
        leave_conversation,
        get_log
    ]
}
