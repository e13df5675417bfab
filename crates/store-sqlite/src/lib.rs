//! The embedded engine: a `SQLite` file per place, one writer per file with
//! group commit, readers in parallel, open files in an LRU.
//!
//! What `sqlite3` shows in a file is what was declared: a table per
//! collection, a column per field, ids as hex text, times in milliseconds.

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
