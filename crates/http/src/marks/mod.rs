//! How far users have come.

mod delivered;
mod read;
mod shown;
mod unread;

use delivered::{__path_mark_delivered, mark_delivered};
use read::{__path_mark_read, mark_read};
use shown::raised;
use unread::{__path_get_unread, get_unread};

use crate::routes::{Routes, routes};

pub(crate) fn routes() -> Routes {
    routes![mark_read, mark_delivered, get_unread]
}
