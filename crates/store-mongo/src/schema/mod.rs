//! Indexes derived from the declarations, and how a place gets them.

pub(crate) mod index;
mod lazy_migration;
pub(crate) mod migrate;
mod text;

pub(crate) use lazy_migration::Touched;
pub use text::schema;
