//! HTTP client of the public API.

mod answer;
mod client;

pub use answer::Answer;
pub use client::Client;
pub(crate) use client::{drop_connections, pool};
