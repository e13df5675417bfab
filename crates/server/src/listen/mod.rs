//! TCP listeners: accept loop, TLS, limits per connection and graceful shutdown.

mod address_limit;
mod bind;
mod client_address;
mod connection;
mod listener;
mod proxy_protocol;
mod stall_guard;
mod tls;

pub use address_limit::AddressLimit;
pub use bind::{admin_certificate, bind, check_admin_listener, check_public_listener};
pub use client_address::ClientAddresses;
pub use listener::{ACCEPT_RETRY_DELAY, Listener};
pub use tls::Certificate;
