//! The objects of the rooms as clients see them, and what clients send as the
//! rooms take it.

mod conversation;
mod draft;
mod joined;
mod mark;
mod message;
mod participant;
mod record;
mod settings;
mod words;

pub use joined::Joined;
pub(crate) use message::{any_json, raw};
