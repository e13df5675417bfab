//! This workspace, as cargo describes it.

use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

use crate::{Result, exec};

/// Where things are, and the packages with what they depend on.
#[derive(Debug)]
pub struct Workspace {
    pub root: PathBuf,
    pub target: PathBuf,
    pub packages: Vec<Package>,
}

/// One package of the workspace.
#[derive(Debug)]
pub struct Package {
    pub name: String,
    /// Its folder, from the workspace's root.
    pub folder: String,
    /// Names of packages that production code and build scripts use.
    pub dependencies: Vec<String>,
    /// All that it depends on, tests too, by the names that source uses.
    pub crates: Vec<String>,
}

impl Workspace {
    /// Asks cargo.
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

    /// A `cargo` that runs in the workspace.
    pub fn cargo(&self, arguments: &[&str]) -> Command {
        let mut cargo = Command::new("cargo");
        cargo
            .args(arguments)
            .current_dir(&self.root)
            .env("CARGO_TERM_COLOR", "never");
        cargo
    }

    /// Where downloaded parts are kept.
    pub fn cache(&self) -> PathBuf {
        self.root.join(".cache")
    }

    /// Where a debug build leaves the binary.
    pub fn binary(&self) -> PathBuf {
        self.target.join("debug").join("caas")
    }

    /// Where the engines write down the plans of the statements they issue.
    pub fn plans(&self) -> PathBuf {
        self.target.join("plans")
    }

    /// A path of the workspace.
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
        // Folders are told from the workspace's root, which holds this crate's folder.
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
