//! Committed files that are written by machine.

use std::fs;
use std::path::Path;

use crate::workspace::Workspace;
use crate::{Result, exec};

/// A file and the program that prints it, as `cargo run` is told.
struct Generated {
    path: &'static str,
    program: &'static [&'static str],
}

const FILES: &[Generated] = &[
    Generated { path: "docs/configuration.md", program: &["-p=server", "-F=planted", "--", "config-reference"] },
    Generated {
        path: "docs/caas.example.toml",
        program: &["-p=server", "-F=planted", "--", "config-reference", "--example"],
    },
    Generated { path: "docs/schema/README.md", program: &["-p=server", "-F=planted", "--example=schema"] },
    Generated { path: "docs/schema/sqlite.sql", program: &["-p=server", "-F=planted", "--example=schema", "sqlite"] },
    Generated { path: "docs/schema/mongodb.js", program: &["-p=server", "-F=planted", "--example=schema", "mongodb"] },
    Generated { path: "docs/openapi.json", program: &["-p=http-api", "--example=openapi"] },
];

/// Tests that compare a committed file with what they found out, and write it
/// when `CAAS_WRITE` is set.
const WRITERS: &[&[&str]] = &[&["-p=stories", "--test=matrices", "credential"]];

/// Writes every file anew.
pub fn generate() -> Result<()> {
    let workspace = Workspace::read()?;
    for file in FILES {
        let path = workspace.path(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, file.print(&workspace)?)?;
    }
    // These ask the binary, which the files above had built.
    for writer in WRITERS {
        exec::run(workspace.cargo(&["test", "--quiet"]).args(*writer).env("CAAS_WRITE", "1"))?;
    }
    Ok(())
}

/// Fails when a committed file is not what would be written now.
pub fn check() -> Result<()> {
    let workspace = Workspace::read()?;
    let mut stale = Vec::new();
    for file in FILES {
        if !is_fresh(&workspace.path(file.path), &file.print(&workspace)?) {
            stale.push(file.path);
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("run `cargo xtask generate`; stale: {}", stale.join(", ")).into())
    }
}

fn is_fresh(path: &Path, now: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|committed| committed == now)
}

impl Generated {
    fn print(&self, workspace: &Workspace) -> Result<String> {
        exec::output(workspace.cargo(&["run", "--quiet"]).args(self.program))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_file_that_is_missing_or_differs_is_stale() {
        let path = std::env::temp_dir().join(format!("generated-{}", std::process::id()));
        assert!(!is_fresh(&path, "now"));
        fs::write(&path, "then").unwrap();
        assert!(!is_fresh(&path, "now"));
        assert!(is_fresh(&path, "then"));
        fs::remove_file(path).unwrap();
    }
}
