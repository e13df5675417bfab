//! Programs and libraries of the system.

use std::process::Command;

use crate::{Result, exec};

/// Installs Debian packages, or says how: installing needs root.
pub fn install(packages: &[&str]) -> Result<()> {
    let wanted = packages.join(" ");
    if exec::find("apt-get").is_none() {
        return Err(format!("missing here; Debian has it in: {wanted}").into());
    }
    if exec::output(Command::new("id").arg("-u"))?.trim() != "0" {
        return Err(format!("missing here; install it with: sudo apt-get install {wanted}").into());
    }
    exec::run(Command::new("apt-get").args(["update", "-qq"]))?;
    let mut install = Command::new("apt-get");
    install.env("DEBIAN_FRONTEND", "noninteractive").args([
        "install",
        "-qq",
        "-y",
        "--no-install-recommends",
    ]);
    exec::run(install.args(packages))
}

/// Makes sure of a program, from a Debian package when it is not there.
pub fn program(name: &str, packages: &[&str]) -> Result<()> {
    if exec::find(name).is_some() {
        return Ok(());
    }
    install(packages).map_err(|error| format!("{name}: {error}").into())
}

/// Makes sure of the toolchain's own tools, which a minimal profile leaves out.
pub fn toolchain() -> Result<()> {
    for (tool, component) in [("cargo-fmt", "rustfmt"), ("cargo-clippy", "clippy")] {
        if exec::find(tool).is_none() || exec::output(Command::new(tool).arg("--version")).is_err()
        {
            exec::run(Command::new("rustup").args(["component", "add", component]))?;
        }
    }
    Ok(())
}
