//! Committed files that are written by machine.

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::workspace::Workspace;
use crate::{Result, exec};

/// A file, the built program that prints it, and what the program is told.
struct Generated {
    path: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
}

const fn printed(
    path: &'static str,
    program: &'static str,
    arguments: &'static [&'static str],
) -> Generated {
    Generated {
        path,
        program,
        arguments,
    }
}

const FILES: &[Generated] = &[
    printed("docs/configuration.md", "caas", &["config-reference"]),
    printed(
        "docs/caas.example.toml",
        "caas",
        &["config-reference", "--example"],
    ),
    printed("docs/metrics.md", "caas", &["metrics-reference"]),
    printed("docs/schema/README.md", "examples/schema", &[]),
    printed("docs/schema/sqlite.sql", "examples/schema", &["sqlite"]),
    printed("docs/schema/mongodb.js", "examples/schema", &["mongodb"]),
    printed("docs/openapi.json", "examples/openapi", &[]),
];

/// Tests that compare a committed file with what they found out, and write it
/// when `CAAS_WRITE` is set.
const WRITERS: &[&[&str]] = &[&["-p=stories", "--test=matrices", "credential"]];

/// Writes every file anew.
pub fn generate() -> Result<()> {
    let workspace = Workspace::read()?;
    build(&workspace)?;
    for file in FILES {
        let path = workspace.path(file.path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, file.print(&workspace)?)?;
    }
    // These ask the binary, which the files above had built.
    for writer in WRITERS {
        exec::run(
            workspace
                .cargo(&["test", "--quiet"])
                .args(*writer)
                .env("CAAS_WRITE", "1"),
        )?;
    }
    Ok(())
}

/// Builds, and fails when a committed file is not what would be written now.
pub fn check() -> Result<()> {
    let workspace = Workspace::read()?;
    build(&workspace)?;
    check_built(&workspace)
}

/// The same with the programs as they are built.
pub fn check_built(workspace: &Workspace) -> Result<()> {
    let mut stale = Vec::new();
    for file in FILES {
        if !is_fresh(&workspace.path(file.path), &file.print(workspace)?) {
            stale.push(file.path);
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("run `cargo xtask generate`; stale: {}", stale.join(", ")).into())
    }
}

/// The whole workspace, as a test run builds it: package by package its crates
/// would be built again with fewer features.
fn build(workspace: &Workspace) -> Result<()> {
    exec::run(&mut workspace.cargo(&[
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--examples",
        "--features",
        "server/planted",
    ]))
}

fn is_fresh(path: &Path, now: &str) -> bool {
    fs::read_to_string(path).is_ok_and(|committed| committed == now)
}

impl Generated {
    fn print(&self, workspace: &Workspace) -> Result<String> {
        exec::output(
            Command::new(workspace.target.join("debug").join(self.program)).args(self.arguments),
        )
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
