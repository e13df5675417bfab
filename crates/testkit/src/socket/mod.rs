//! A WebSocket client that keeps the client's rule of the protocol.

mod connection;
mod cursors;

pub use connection::{Closed, Socket};
pub use cursors::{Cursors, Step};
