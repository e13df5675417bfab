//! What may be stored: one set of checks for requests and socket frames alike.

mod email;
mod faults;
mod media_type;
mod metadata;
mod text;
mod url;
mod visible;

pub(crate) use email::{email, email_key, former_email_keys};
pub(crate) use faults::ValidationErrors;
pub(crate) use media_type::media_type;
pub(crate) use metadata::{json_text, metadata};
pub use text::{breaks_line, device_id, overrides_direction};
pub(crate) use text::{file_name, label, line, name, text, words};
pub(crate) use url::url;
pub use visible::{class, has_visible, is_visible};
