//! The virus scanner `clamd`, from Debian. The tests give it signatures of their own.

use std::path::{Path, PathBuf};

use super::system;
use crate::{Result, exec};

/// Where Debian installs it; not on every search path.
const INSTALLED: &str = "/usr/sbin/clamd";

/// Returns the program, after installing it if it is missing.
pub fn clamd() -> Result<PathBuf> {
    if let Some(found) = installed() {
        return Ok(found);
    }
    system::install(&["clamav-daemon"]).map_err(|error| format!("clamd: {error}"))?;
    installed().ok_or_else(|| "clamd is installed but was not found".into())
}

fn installed() -> Option<PathBuf> {
    let usual = Path::new(INSTALLED);
    exec::find("clamd").or_else(|| usual.exists().then(|| usual.to_owned()))
}
