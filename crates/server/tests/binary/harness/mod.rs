//! Runs the binary.

mod caas;
mod server;

pub use caas::{caas, caas_in};
pub use server::Server;
