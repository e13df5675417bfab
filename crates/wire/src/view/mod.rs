//! The objects of the rooms as clients see them, and what clients send as the
//! rooms take it.

mod app_data;
mod conversation;
mod draft;
mod erasure;
mod joined;
mod mark;
mod message;
mod participant;
mod preferences;
mod profile;
mod record;
mod retention;
mod words;

pub use app_data::json_text;
pub use joined::UserMap;
pub(crate) use message::{any_json, raw};
