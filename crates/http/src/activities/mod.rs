//! What users did.

mod list;
mod list_of_user;
mod record;

use list::{__path_list_activities, list_activities};
use list_of_user::{__path_list_activities_of_user, list_activities_of_user};
use record::{__path_record_activity, record_activity};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![list_activities, list_activities_of_user, record_activity]
}
