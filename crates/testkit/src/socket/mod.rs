//! WebSocket client that applies events as the protocol requires of clients.

mod connection;
mod cursors;

pub use connection::{Closed, Socket};
pub use cursors::{Cursors, Step};
