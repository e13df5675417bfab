//! What of a user a request wants beside the user's objects.

mod expansion;
mod query;

pub(crate) use query::{Expand, ExpandParams, Expanding, NoQuery};
