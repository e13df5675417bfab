//! Tests through the router over the embedded engine.

mod admin;
pub(crate) mod app;
mod bad_input;
mod caller;
mod conversation;
mod counting;
mod expand;
mod middleware;
mod openapi;
mod policies;
