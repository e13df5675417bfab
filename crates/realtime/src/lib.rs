//! Realtime connections: `WebSockets` and event streams, the hub that distributes events,
//! typing and presence.
//!
//! Change events of the store only say that a log has a new head. Records are always
//! read in order after the last one sent, so lost and duplicate events are harmless. An
//! event is encoded once and shared by all receivers.

#![cfg_attr(not(test), deny(clippy::arithmetic_side_effects))]

mod catch_panic;
mod connection;
mod device_id_limiter;
mod error_response;
mod frame;
mod group_by_tenant;
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
