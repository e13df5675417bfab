//! Generated files that are committed.

mod cli;

use std::fs;
use std::path::Path;
use std::process::Command;

use crate::workspace::Workspace;
use crate::{Result, exec};

/// Generated file, the program that prints it, and the arguments of the program.
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
    printed(
        "docs/reference/configuration.md",
        "caas",
        &["config-reference"],
    ),
    printed(
        "docs/reference/caas.example.toml",
        "caas",
        &["config-reference", "--example"],
    ),
    printed("docs/reference/metrics.md", "caas", &["metrics-reference"]),
    printed(
        "docs/reference/errors.md",
        "examples/reference",
        &["errors"],
    ),
    printed(
        "docs/reference/limits.md",
        "examples/reference",
        &["limits"],
    ),
    printed("docs/internals/schema/README.md", "examples/schema", &[]),
    printed(
        "docs/internals/schema/sqlite.sql",
        "examples/schema",
        &["sqlite"],
    ),
    printed(
        "docs/internals/schema/mongodb.js",
        "examples/schema",
        &["mongodb"],
    ),
    printed("docs/reference/openapi.json", "examples/openapi", &[]),
    printed(
        "docs/reference/admin-openapi.json",
        "examples/openapi",
        &["admin"],
    ),
];

/// Command-line reference, assembled from several runs of `caas`.
const CLI: &str = "docs/reference/cli.md";

/// Tests that compare a committed file with what they observe, and write it
/// when `CAAS_WRITE` is set.
const WRITERS: &[&[&str]] = &[&["-p=stories", "--test=matrices", "credential"]];

/// Writes all generated files.
pub fn generate() -> Result<()> {
    let workspace = Workspace::read()?;
    build(&workspace)?;
    for (path, text) in pages(&workspace)? {
        let path = workspace.path(path);
        if let Some(folder) = path.parent() {
            fs::create_dir_all(folder)?;
        }
        fs::write(path, text)?;
    }
    // These run the binary that was built above.
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

/// Builds, and fails if a committed file differs from its generated text.
pub fn check() -> Result<()> {
    let workspace = Workspace::read()?;
    build(&workspace)?;
    check_built(&workspace)
}

/// Fails if a committed file differs, using the existing build.
pub fn check_built(workspace: &Workspace) -> Result<()> {
    let mut stale = Vec::new();
    for (path, text) in pages(workspace)? {
        if !is_fresh(&workspace.path(path), &text) {
            stale.push(path);
        }
    }
    if stale.is_empty() {
        Ok(())
    } else {
        Err(format!("run `cargo xtask generate`; stale: {}", stale.join(", ")).into())
    }
}

/// Builds the whole workspace, as a test run does: building single packages would
/// rebuild crates with fewer features.
fn build(workspace: &Workspace) -> Result<()> {
    exec::run(&mut workspace.cargo(&[
        "build",
        "--quiet",
        "--workspace",
        "--bins",
        "--examples",
        "--features",
        "server/fault-injection",
    ]))
}

/// Returns the path and the current text of each generated file.
fn pages(workspace: &Workspace) -> Result<Vec<(&'static str, String)>> {
    let mut pages = Vec::new();
    for file in FILES {
        pages.push((file.path, file.print(workspace)?));
    }
    let caas = workspace.target.join("debug").join("caas");
    pages.push((CLI, cli::page(&caas)?));
    Ok(pages)
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
    fn missing_or_different_file_is_stale() {
        let path = std::env::temp_dir().join(format!("generated-{}", std::process::id()));
        assert!(!is_fresh(&path, "now"));
        fs::write(&path, "then").unwrap();
        assert!(!is_fresh(&path, "now"));
        assert!(is_fresh(&path, "then"));
        fs::remove_file(path).unwrap();
    }
}
