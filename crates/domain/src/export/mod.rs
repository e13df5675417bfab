//! Everything about a user as one archive, as the declarations say.

mod archive;
mod document;
mod manifest;
mod sink;

pub use archive::Archive;
