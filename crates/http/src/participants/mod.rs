//! `/v1/conversations/{conversation}/participants`.

mod add;
mod list;
mod remove;
mod update;

use add::{__path_add_participants, add_participants};
use list::{__path_list_participants, list_participants};
use remove::{__path_remove_participant, remove_participant};
use update::{__path_update_participant, update_participant};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![
        list_participants,
        add_participants,
        update_participant,
        remove_participant
    ]
}
