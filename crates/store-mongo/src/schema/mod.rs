//! Indexes derived from the declarations, and the migration of partitions to them.

pub(crate) mod index;
mod lazy_migration;
pub(crate) mod migrate;
mod text;

pub(crate) use lazy_migration::Touched;
pub use text::schema;
