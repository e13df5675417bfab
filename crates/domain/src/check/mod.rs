//! What may be stored: one set of checks for requests and socket frames alike.

mod email;
mod faults;
mod metadata;
mod text;
mod url;

pub(crate) use email::email;
pub(crate) use faults::Faults;
pub(crate) use metadata::{json_text, metadata};
pub(crate) use text::{label, name, text, words};
pub(crate) use url::url;
