//! The real binary as a process: started, killed, started again.

mod binary;
mod caas;
mod home;
mod namespace;
mod process;

pub use binary::binary;
pub use caas::{Caas, Refused};
pub use home::Home;
pub use namespace::Namespace;
