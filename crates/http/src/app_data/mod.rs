//! `/v1/users/{user}/apps/{app}/data`.

mod create;
mod delete;
mod get;
mod list;
mod named;
mod put;

use create::{__path_create_app_data, create_app_data};
use delete::{__path_delete_app_data, delete_app_data};
use get::{__path_get_app_data, get_app_data};
use list::{__path_list_app_data, list_app_data};
use put::{__path_put_app_data, put_app_data};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        list_app_data,
        create_app_data,
        get_app_data,
        put_app_data,
        delete_app_data
    ]
}
