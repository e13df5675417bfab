//! Runs the binary.

mod caas;
mod http;
mod server;

pub use caas::{caas, caas_in};
pub use http::{client, client_that_trusts, get};
pub use server::Server;
