//! schemathesis, which tests the server by its OpenAPI document, in a Python
//! environment of its own.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::system;
use crate::workspace::Workspace;
use crate::{Result, exec};

/// The package and all that it needs, each with its version: what a run sends depends on them.
const REQUIREMENTS: &str = "xtask/schemathesis.txt";

/// Returns the path of the program: the one that `CAAS_SCHEMATHESIS` names, else the one in `.cache`, which is
/// installed when it is missing or of other versions.
pub fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CAAS_SCHEMATHESIS") {
        return Ok(named.into());
    }
    let folder = workspace.cache().join("schemathesis");
    let wanted = fs::read_to_string(workspace.path(REQUIREMENTS))?;
    // Written last, so that an interrupted installation is never taken for a whole one.
    let installed = folder.join("installed.txt");
    if fs::read_to_string(&installed).is_ok_and(|installed| installed == wanted) {
        return Ok(program(&folder));
    }
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    install(&folder, &workspace.path(REQUIREMENTS))?;
    fs::write(installed, wanted)?;
    Ok(program(&folder))
}

fn program(folder: &Path) -> PathBuf {
    folder.join("bin").join("schemathesis")
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
