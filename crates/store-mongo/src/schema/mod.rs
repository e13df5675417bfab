//! Indexes derived from the declarations, and how a place gets them.

pub(crate) mod index;
pub(crate) mod migrate;
mod text;
mod touch;

pub use text::schema;
pub(crate) use touch::Touched;
