//! Requests that succeed, one or more for each operation; the matrices vary them.

mod analytics;
mod app_data;
mod conversations;
mod files;
mod frames;
mod integrations;
mod messages;
mod sign_in;
mod user_resources;
mod users;

pub use frames::{FrameRow, frames};

use crate::row::Row;

/// Returns at least one row for each operation that requires a credential.
pub fn rows() -> Vec<Row> {
    [
        users::rows(),
        analytics::rows(),
        user_resources::rows(),
        app_data::rows(),
        conversations::rows(),
        messages::rows(),
        files::rows(),
        sign_in::rows(),
        integrations::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}
