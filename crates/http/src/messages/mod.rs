//! `/v1/conversations/{conversation}/messages` and `/v1/messages`.

mod delete;
mod get;
mod list;
mod own;
mod send;
mod shown;
mod status;
mod update;

use delete::{__path_delete_message, delete_message};
use get::{__path_get_message, get_message};
use list::{__path_list_messages, list_messages};
pub(crate) use own::Own;
use send::{__path_send_message, send_message};
use shown::fresh;
pub(crate) use shown::{one, shown};
use status::{__path_get_message_status, get_message_status};
use update::{__path_update_message, update_message};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        list_messages,
        send_message,
        get_message,
        update_message,
        delete_message,
        get_message_status
    ]
}
