//! Clients with little overhead, since they share the machine with the server:
//! they write prepared bytes and parse only what they need.

mod http;
mod reader;
mod socket;

pub use http::Http;
pub use socket::Socket;
