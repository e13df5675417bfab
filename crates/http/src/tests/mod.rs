//! Stories told through the router, over the embedded engine.

mod bad_input;
mod caller;
mod conversation;
mod counting;
mod envelope;
mod expand;
pub(crate) mod world;
