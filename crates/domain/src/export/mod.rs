//! Everything about a user as one archive, as the declarations say.

mod archive;
mod document;
mod manifest;
mod sink;
#[cfg(test)]
mod tests;

pub use archive::Archive;
