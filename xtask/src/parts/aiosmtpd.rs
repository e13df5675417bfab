//! aiosmtpd, which receives the mails of the tests over SMTP.

use std::path::PathBuf;

use super::python;
use crate::Result;
use crate::workspace::Workspace;

/// Returns the path of a Python with aiosmtpd: the one that `CAAS_AIOSMTPD` names, else the one in
/// `.cache`.
pub fn aiosmtpd(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CAAS_AIOSMTPD") {
        return Ok(named.into());
    }
    let programs = python::environment(workspace, "aiosmtpd", "xtask/aiosmtpd.txt")?;
    Ok(programs.join("python"))
}
