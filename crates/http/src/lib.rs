//! The HTTP API: one file per resource, with its handlers, their OpenAPI texts
//! and their policies. A handler runs only if the credential allows the
//! operation and the request is well formed.

mod access;
pub mod admin;
mod cost;
mod cursor;
mod error;
mod expand;
mod extract;
mod file_content;
mod file_links;
mod files;
mod headers;
mod middleware;
mod openapi;
mod page;
mod render;
mod router;
mod routes;
mod state;

mod activities;
mod analytics;
mod app_data;
mod bans;
mod conversations;
mod devices;
mod docs;
mod erasures;
mod integrations;
mod messages;
mod meta;
mod participants;
mod platform_webhooks;
mod preferences;
mod profiles;
mod reactions;
mod receipts;
mod relationships;
mod retention;
mod sessions;
mod settings;
mod sign_in;
mod support_tickets;
mod tokens;
mod transfer;
mod uploads;
mod users;

#[cfg(test)]
mod tests;

pub use access::{Access, Operation};
pub use extract::read_body;
pub use middleware::Linger;
pub use router::{Unlisted, openapi_json, operations, router};
pub use state::AppState;
