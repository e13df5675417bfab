//! `…/retention` of the tenant, of a conversation and of a user.

mod get;
mod get_of_conversation;
mod get_of_user;
mod set;
mod set_of_conversation;
mod set_of_user;

use get::{__path_get_retention, get_retention};
use get_of_conversation::{__path_get_retention_of_conversation, get_retention_of_conversation};
use get_of_user::{__path_get_retention_of_user, get_retention_of_user};
use set::{__path_set_retention, set_retention};
use set_of_conversation::{__path_set_retention_of_conversation, set_retention_of_conversation};
use set_of_user::{__path_set_retention_of_user, set_retention_of_user};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        get_retention,
        set_retention,
        get_retention_of_conversation,
        set_retention_of_conversation,
        get_retention_of_user,
        set_retention_of_user
    ]
}
