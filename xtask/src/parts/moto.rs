//! moto, which serves the S3 API to the tests of the media storage, with botocore.

use std::path::PathBuf;

use super::python;
use crate::Result;
use crate::workspace::Workspace;

/// Returns the path of a Python with moto: the one that `CAAS_MOTO` names, else the one in `.cache`.
pub fn moto(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CAAS_MOTO") {
        return Ok(named.into());
    }
    Ok(python::environment(workspace, "moto", "xtask/moto.txt")?.join("python"))
}
