//! Embedded storage engine on `SQLite`: a file per partition, one writer per file with group
//! commit, parallel readers, and an LRU pool of open files.
//!
//! The schema of a file follows the declarations: a table per collection and a column per field.
//! Ids are hexadecimal text, times are in milliseconds.

mod catalogue;
mod checkpoint;
mod connection;
mod db_file_kind;
mod ddl;
mod engine;
mod failure;
mod file;
mod file_pool;
mod group;
mod health;
mod migrate;
mod plans;
mod read;
mod read_pool;
mod row;
mod span;
mod sql;
mod verify;
mod write;
mod writer;

pub use ddl::schema;
pub use engine::{OpenError, Options, SqliteEngine};
