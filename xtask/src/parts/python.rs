//! Python environments with pinned packages.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::system;
use crate::workspace::Workspace;
use crate::{Result, exec};

/// Returns the directory of the programs of an environment in `.cache`, which is installed when it
/// is missing or of other versions. `requirements` lists all packages, each with its version: what
/// the tests do depends on them.
pub fn environment(workspace: &Workspace, name: &str, requirements: &str) -> Result<PathBuf> {
    let folder = workspace.cache().join(name);
    let requirements = workspace.path(requirements);
    let wanted = fs::read_to_string(&requirements)?;
    // Written last, so that an interrupted installation is repeated.
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(folder.join("bin"));
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    install(&folder, &requirements)?;
    fs::write(installed, wanted)?;
    Ok(folder.join("bin"))
}

fn install(folder: &Path, requirements: &Path) -> Result<()> {
    system::program("python3", &["python3"])?;
    if exec::output(Command::new("python3").args(["-c", "import ensurepip"])).is_err() {
        system::install(&["python3-venv"])?;
    }
    exec::run(Command::new("python3").args(["-m", "venv"]).arg(folder))?;
    let mut pip = Command::new(folder.join("bin").join("python"));
    pip.args([
        "-m",
        "pip",
        "install",
        "--quiet",
        "--disable-pip-version-check",
        "--no-deps",
        "--only-binary=:all:",
    ]);
    exec::run(pip.arg("-r").arg(requirements))
}
