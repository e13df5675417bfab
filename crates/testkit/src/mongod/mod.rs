//! Real `MongoDB` replica sets on this machine, which exist as long as a test runs.

mod member;
mod replica_set;

use std::path::PathBuf;

pub use replica_set::{ReplicaSet, Setup};

/// Error of starting or querying a replica set.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// Returns the path of `mongod`: `CAAS_MONGOD`, or the one that `cargo xtask test` fetches into
/// the workspace.
#[must_use]
pub fn binary() -> PathBuf {
    let fetched = || {
        PathBuf::from(concat!(
            env!("CARGO_MANIFEST_DIR"),
            "/../../.cache/mongod/mongod"
        ))
    };
    std::env::var_os("CAAS_MONGOD").map_or_else(fetched, PathBuf::from)
}
