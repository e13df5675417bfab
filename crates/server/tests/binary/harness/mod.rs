//! Harness that runs the binary.

mod caas;
mod http;
mod server;

pub use caas::{Outcome, binary, caas, caas_in, outcome};
pub use http::{client, client_that_trusts, get};
pub use server::Server;
