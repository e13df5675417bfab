//! Steps of files that run as jobs: processing of uploaded content, informing the messages that
//! hold a file, and removal.

mod delete;
mod job;
mod process;
mod scan;
#[cfg(test)]
mod tests;

pub use delete::delete;
pub use job::FileJob;
