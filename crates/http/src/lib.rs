//! The HTTP API: one file per endpoint, a handler of a few lines under its
//! OpenAPI text. Handlers receive what is already proven: a caller whose
//! credential allows the operation, a body that has its shape.

mod api;
mod cost;
mod cursor;
mod devices;
mod docs;
mod envelope;
mod expand;
mod extract;
mod joined;
mod meta;
mod openapi;
mod page;
mod policy;
mod refusal;
mod router;
mod routes;

mod activities;
mod analytics;
mod app_data;
mod bans;
mod conversations;
mod erasures;
mod marks;
mod messages;
mod participants;
mod preferences;
mod profiles;
mod reactions;
mod relationships;
mod retention;
mod settings;
mod tokens;
mod users;

#[cfg(test)]
mod tests;

pub use api::Api;
pub use envelope::Linger;
pub use extract::read_body;
pub use openapi::openapi_json;
pub use policy::{Operation, Who, operations};
pub use router::{Unlisted, router};
