//! Node with the packages that the JavaScript tests use, and Chromium.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::system;
use crate::workspace::Workspace;
use crate::{Result, exec};

const CHROMIUM: &[&str] = &["chromium", "chromium-browser", "google-chrome"];
const LOCK_FILE: &str = "package-lock.json";

/// Requirements of the browser tests.
#[derive(Debug)]
pub struct Browser {
    /// The directory of the tests, with its packages installed.
    pub tests: PathBuf,
    /// The browser's binary.
    pub chromium: PathBuf,
}

/// Installs the browser and the packages of its tests.
pub fn browser(workspace: &Workspace) -> Result<Browser> {
    let chromium = if let Some(found) = chromium() {
        found
    } else {
        system::install(&["chromium"]).map_err(|error| format!("chromium: {error}"))?;
        chromium().ok_or("chromium is installed but not on the search path")?
    };
    let tests = browser_packages(workspace)?;
    Ok(Browser { tests, chromium })
}

/// Installs the packages of the browser tests and returns their directory.
pub fn browser_packages(workspace: &Workspace) -> Result<PathBuf> {
    packages(workspace.path("tests/browser"))
}

/// Installs the packages of the JavaScript client and returns its directory.
/// They include the tools that check all JavaScript of the repository.
pub fn sdk(workspace: &Workspace) -> Result<PathBuf> {
    packages(workspace.path("sdk/js"))
}

/// Returns whether Node and npm are installed.
pub fn has_node() -> bool {
    ["node", "npm"]
        .iter()
        .all(|program| exec::find(program).is_some())
}

fn chromium() -> Option<PathBuf> {
    CHROMIUM.iter().find_map(|name| exec::find(name))
}

/// Installs the packages of a lock file, unless they are installed already.
fn packages(folder: PathBuf) -> Result<PathBuf> {
    system::program("node", &["nodejs"])?;
    system::program("npm", &["npm"])?;
    let wanted = fs::read_to_string(folder.join(LOCK_FILE))?;
    let installed = folder.join("node_modules").join(LOCK_FILE);
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(folder);
    }
    install(&folder)?;
    // Written last, so that an interrupted installation is repeated.
    fs::write(installed, wanted)?;
    Ok(folder)
}

fn install(folder: &Path) -> Result<()> {
    let mut npm = Command::new("npm");
    npm.args([
        "ci",
        "--silent",
        "--ignore-scripts",
        "--no-audit",
        "--no-fund",
    ]);
    exec::run(npm.current_dir(folder))
}
