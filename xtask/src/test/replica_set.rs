//! Replica set that all tests of a run share, each with its own prefix.

use std::ffi::OsStr;
use std::io::{BufRead, BufReader};
use std::process::{Child, Command, Stdio};

use super::memory_dir::MemoryDir;
use crate::Result;
use crate::workspace::Workspace;

/// Replica set that is stopped on drop.
pub struct ReplicaSet {
    keeper: Child,
    /// Connection string.
    pub uri: String,
}

impl ReplicaSet {
    /// Starts it with the program of the existing build.
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
            Err("cannot start a replica set".into())
        } else {
            Ok(set)
        }
    }
}

impl Drop for ReplicaSet {
    fn drop(&mut self) {
        // The process ends when its input is closed.
        drop(self.keeper.stdin.take());
        let _ = self.keeper.wait();
    }
}
