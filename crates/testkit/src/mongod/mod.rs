//! Real `MongoDB` replica sets on this machine, for as long as a test lives.

mod member;
mod replica_set;

use std::path::PathBuf;

pub use replica_set::{ReplicaSet, Setup};

/// Why a replica set could not be started or asked.
pub type Error = Box<dyn std::error::Error + Send + Sync>;

/// The server to run: `CAAS_MONGOD`, else the one that `cargo xtask test`
/// fetches into the workspace.
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
