//! Connections: sockets and streams that follow all conversations of their
//! user, the hub that feeds them, typing and presence.
//!
//! The store's hints say that a log grew; what is sent is always read in
//! order behind what was sent before, so a lost or doubled hint changes
//! nothing. An event is encoded once and shared by all who get it.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod catch_panic;
mod connection;
mod device_id_limiter;
mod error_response;
mod few;
mod frame;
mod hub;
mod pending_receipts;
mod presence;
mod router;
mod send_queue;
mod session;
mod stream;
mod subscription;
mod typing;
mod user_log_subscription;
#[cfg(test)]
mod world;

pub use hub::{Hub, HubStats};
pub use router::router;
