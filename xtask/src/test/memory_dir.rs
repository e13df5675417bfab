//! A temporary directory in memory for the databases of the tests.
//!
//! The tests create thousands of collections and indexes, each with an
//! `fsync`. On a disk these take most of the run. A killed process loses
//! nothing in either case: what it wrote is in the page cache.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{Result, exec};

/// Where Linux mounts a file system in memory.
const MEMORY: &str = "/dev/shm";

/// Free space that the databases of a run need, in KiB.
const NEEDED: u64 = 6 * 1024 * 1024;

/// How the directories are named, in front of the process id.
const PREFIX: &str = "caas-test-";

/// A directory that exists until this is dropped.
pub struct MemoryDir(PathBuf);

impl MemoryDir {
    /// Creates one; `None` where there is no file system in memory with
    /// enough space, so that the tests use the disk.
    pub fn create() -> Result<Option<Self>> {
        let memory = Path::new(MEMORY);
        if !memory.is_dir() || free(memory).is_none_or(|free| free < NEEDED) {
            return Ok(None);
        }
        remove_abandoned(memory)?;
        let path = memory.join(format!("{PREFIX}{}", std::process::id()));
        fs::create_dir_all(&path)?;
        Ok(Some(Self(path)))
    }

    /// Its path.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

impl Drop for MemoryDir {
    fn drop(&mut self) {
        // The next run removes what is left.
        let _ = fs::remove_dir_all(&self.0);
    }
}

/// Returns the free space in KiB.
fn free(directory: &Path) -> Option<u64> {
    let mut df = Command::new("df");
    df.args(["-Pk"]).arg(directory);
    let table = exec::output(&mut df).ok()?;
    table
        .lines()
        .nth(1)?
        .split_whitespace()
        .nth(3)?
        .parse()
        .ok()
}

/// Removes the directories of runs that were killed.
fn remove_abandoned(memory: &Path) -> Result<()> {
    for entry in fs::read_dir(memory)? {
        let entry = entry?;
        let name = entry.file_name();
        let process = name.to_str().and_then(|name| name.strip_prefix(PREFIX));
        if process.is_some_and(|process| !Path::new("/proc").join(process).exists()) {
            fs::remove_dir_all(entry.path())?;
        }
    }
    Ok(())
}
