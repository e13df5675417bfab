//! Sending, editing and deleting messages.

mod delete;
mod draft;
mod edit;
mod get;
mod send;

pub use delete::delete;
pub(super) use delete::wiping;
pub use draft::{Draft, PLAIN_TYPE};
pub use edit::{EditedMessage, edit};
pub use get::get;
pub(super) use get::not_found;
pub use send::{Sent, send};
pub(super) use send::{queue_each, send_as};
