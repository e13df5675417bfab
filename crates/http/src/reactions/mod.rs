//! `/v1/messages/{message}/reactions`.

mod add;
mod remove;

use add::{__path_add_reaction, add_reaction};
use remove::{__path_remove_reaction, remove_reaction};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![add_reaction, remove_reaction]
}
