//! The listeners: accept, TLS, bounds on what a connection may cost, and a
//! stop that lets requests finish.

mod accept;
mod bind;
mod client;
mod connection;
mod forwarded;
mod phase;
mod proxy_protocol;
mod tls;

pub use accept::{Listener, REST};
pub use bind::{bind, refuse_open_address};
pub use client::Clients;
pub use phase::{Phase, Phases};
pub use tls::acceptor;
