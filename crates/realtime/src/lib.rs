//! Connections: sockets and streams that follow all conversations of their
//! user, the hub that feeds them, typing and presence.
//!
//! The store's hints say that a log grew; what is sent is always read in
//! order behind what was sent before, so a lost or doubled hint changes
//! nothing. An event is encoded once and shared by all who get it.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod connection;
mod contained;
mod device_names;
mod feed;
mod few;
mod frame;
mod hub;
mod marks;
mod outbox;
mod presence;
mod refused;
mod router;
mod session;
mod stream;
mod typing;
mod user_feed;
#[cfg(test)]
mod world;

pub use hub::{Hub, HubStats};
pub use router::router;
