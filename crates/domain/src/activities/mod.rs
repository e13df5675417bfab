//! What users did in the last 90 days.

mod collections;
mod list;
mod note;
mod record;

pub use collections::Activity;
pub use list::{Of, list};
pub use note::{What, note};
pub use record::{NewActivity, Recorded, of_whom, record};

use base::limit;
use store::{Collection, Declaration};

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Activity::DECLARATION];

/// Milliseconds until an activity is forgotten.
const LIFE: i64 = limit::signed(limit::ACTIVITY_SECONDS) * 1_000;
