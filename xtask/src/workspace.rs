//! The workspace as described by `cargo metadata`.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Result, exec};

/// Paths and packages of the workspace.
#[derive(Debug)]
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
    pub packages: Vec<Package>,
}

/// Package of the workspace.
#[derive(Debug)]
pub struct Package {
    pub name: String,
    /// Directory relative to the root of the workspace.
    pub folder: String,
    /// Dependencies of production code and build scripts, by package name.
    pub dependencies: Vec<String>,
    /// All dependencies, also those of tests, by crate name.
    pub crates: Vec<String>,
}

impl Workspace {
    /// Reads `cargo metadata`.
    pub fn read() -> Result<Self> {
        let mut cargo = Command::new("cargo");
        cargo
            .args(["metadata", "--format-version=1", "--no-deps"])
            .current_dir(env!("CARGO_MANIFEST_DIR"));
        let metadata: Value = serde_json::from_str(&exec::output(&mut cargo)?)?;
        let packages = metadata["packages"]
            .as_array()
            .into_iter()
            .flatten()
            .map(Package::read)
            .collect::<Option<_>>();
        let folder = |key: &str| {
            metadata[key]
                .as_str()
                .map(PathBuf::from)
                .ok_or("cargo metadata misses a folder")
        };
        Ok(Self {
            root: folder("workspace_root")?,
            target: folder("target_directory")?,
            packages: packages.ok_or("cargo metadata misses a package's name")?,
        })
    }

    /// Returns a `cargo` command that runs in the workspace.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TERM_COLOR", "never");
        cargo
    }

    /// Returns the directory of downloaded tools.
    pub fn cache(&self) -> PathBuf {
        self.root.join(".cache")
    }

    /// Returns the path of the binary of a debug build.
    pub fn binary(&self) -> PathBuf {
        self.target.join("debug").join("caas")
    }

    /// Returns the directory to which the engines write query plans.
    pub fn plans(&self) -> PathBuf {
        self.target.join("plans")
    }

    /// Returns a path in the workspace.
    pub fn path(&self, path: impl AsRef<Path>) -> PathBuf {
        self.root.join(path)
    }
}

impl Package {
    fn read(package: &Value) -> Option<Self> {
        let all = package["dependencies"].as_array()?;
        let production = all
            .iter()
            .filter(|found| found["kind"] != "dev")
            .filter_map(|found| found["name"].as_str());
        let crates = all
            .iter()
            .filter_map(|found| found["rename"].as_str().or(found["name"].as_str()));
        let manifest = Path::new(package["manifest_path"].as_str()?);
        // The root of the workspace is the parent of this crate's directory.
        let root = Path::new(env!("CARGO_MANIFEST_DIR")).parent()?;
        Some(Self {
            name: package["name"].as_str()?.to_owned(),
            folder: manifest
                .parent()?
                .strip_prefix(root)
                .ok()?
                .to_str()?
                .to_owned(),
            dependencies: production.map(str::to_owned).collect(),
            crates: crates.map(|name| name.replace('-', "_")).collect(),
        })
    }
}
