//! Chromium, and Node with playwright-core to drive it.

use std::path::{Path, PathBuf};
use std::process::Command;

use super::system;
use crate::workspace::Workspace;
use crate::{Result, exec};

const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome"];

/// What the browser test needs.
#[derive(Debug)]
pub struct Browser {
    /// The folder of the test, with its modules installed.
    pub tests: PathBuf,
    /// The browser's binary.
    pub chromium: PathBuf,
}

/// Makes sure of the browser and what drives it.
pub fn browser(workspace: &Workspace) -> Result<Browser> {
    let tests = workspace.path("tests/browser");
    let chromium = if let Some(found) = chromium() {
        found
    } else {
        system::install(&["chromium"]).map_err(|error| format!("chromium: {error}"))?;
        chromium().ok_or("chromium is installed but not on the search path")?
    };
    modules(&tests)?;
    Ok(Browser { tests, chromium })
}

/// The folder of the JavaScript client, with what its tests need installed.
pub fn sdk(workspace: &Workspace) -> Result<PathBuf> {
    let folder = workspace.path("sdk/js");
    modules(&folder)?;
    Ok(folder)
}

fn chromium() -> Option<PathBuf> {
    CHROMIUM.iter().find_map(|name| exec::find(name))
}

fn modules(folder: &Path) -> Result<()> {
    system::program("node", &["nodejs"])?;
    system::program("npm", &["npm"])?;
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--silent",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ])
    .current_dir(folder);
    exec::run(&mut npm)
}
