//! What users tell of themselves.

mod get;
mod update;

pub use crate::users::profile::{Profile, ProfileContent};
pub use get::{get, get_many};
pub use update::update;
