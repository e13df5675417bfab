//! schemathesis, which tests the server by its OpenAPI document.

use std::path::PathBuf;

use super::python;
use crate::Result;
use crate::workspace::Workspace;

/// Returns the path of the program: the one that `CAAS_SCHEMATHESIS` names, else the one in `.cache`.
pub fn schemathesis(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CAAS_SCHEMATHESIS") {
        return Ok(named.into());
    }
    let programs = python::environment(workspace, "schemathesis", "xtask/schemathesis.txt")?;
    Ok(programs.join("schemathesis"))
}
