//! One replica set that all tests of a run share, each under a prefix of its own.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::memory_dir::MemoryDir;
use crate::Result;
use crate::workspace::Workspace;

/// A replica set that is there until this is dropped.
pub struct ReplicaSet {
    keeper: Child,
    /// Its address.
    pub uri: String,
}

impl ReplicaSet {
    /// Starts it with the program that the build has left.
    pub fn start(
        workspace: &Workspace,
        mongod: &OsStr,
        memory_dir: Option<&MemoryDir>,
    ) -> Result<Self> {
        let mut keeper = Command::new(workspace.target.join("debug").join("replica_set"));
        keeper
            .env("CAAS_MONGOD", mongod)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        if let Some(directory) = memory_dir {
            keeper.env("TMPDIR", directory.path());
        }
        let mut keeper = keeper.spawn()?;
        let mut uri = String::new();
        if let Some(stdout) = keeper.stdout.take() {
            BufReader::new(stdout).read_line(&mut uri)?;
        }
        let set = Self {
            keeper,
            uri: uri.trim().to_owned(),
        };
        if set.uri.is_empty() {
            Err("no replica set could be started".into())
        } else {
            Ok(set)
        }
    }
}

impl Drop for ReplicaSet {
    fn drop(&mut self) {
        // Closing its input is what ends it; a keeper that is gone already needs no more.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
