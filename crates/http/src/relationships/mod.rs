//! `/v1/users/{user}/relationships`.

mod change;
mod get;
mod list;
mod named;
mod remark;

use change::{__path_change_relationship, change_relationship};
use get::{__path_get_relationship, get_relationship};
use list::{__path_list_relationships, list_relationships};
use named::named;
use remark::{__path_update_relationship, update_relationship};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        list_relationships,
        get_relationship,
        change_relationship,
        update_relationship
    ]
}
