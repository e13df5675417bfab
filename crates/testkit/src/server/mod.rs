//! The real binary as a process: started, killed and restarted.

mod binary;
mod data_dir;
mod namespace;
mod process;
mod server_process;

pub use binary::binary;
pub use data_dir::DataDir;
pub use namespace::Namespace;
pub use server_process::{CommandError, ServerProcess};
