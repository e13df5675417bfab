//! The listeners: accept, TLS, bounds on what a connection may cost, and a
//! stop that lets requests finish.

mod accept;
mod address_limit;
mod bind;
mod client;
mod connection;
mod forwarded;
mod linger;
mod phase;
mod proxy_protocol;
mod stall;
mod tls;

pub use accept::{Listener, REST};
pub use address_limit::AddressLimit;
pub use bind::{admin_certificate, bind, refuse_open_address, refuse_open_admin};
pub use client::Clients;
pub use phase::{Phase, Phases};
pub use tls::Certificate;
