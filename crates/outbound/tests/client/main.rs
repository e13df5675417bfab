//! The client against real servers and resolvers.

#![expect(clippy::unwrap_used, reason = "a test stops where it goes wrong")]

mod addresses;
mod bodies;
mod peer;
mod proxy;
mod tls;
