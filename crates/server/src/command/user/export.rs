use std::path::PathBuf;

use base::{Error, Result};
use clap::Args;
use domain::export::Archive;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use crate::command::{Answer, Desk, named};

/// `caas user export`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Export {
    /// The tenant, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// The user: our id, or `ext:` and the tenant's own id.
    #[arg(long)]
    user: String,
    /// Where the archive goes: a file that is not there yet.
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    out: PathBuf,
}

/// The server that carries the command out may stand in another folder.
fn absolute(text: &str) -> std::io::Result<PathBuf> {
    std::path::absolute(text)
}

impl Export {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let tenant = desk.door.tenant(named::tenant(&self.tenant)?).await?;
        let mut archive = Archive::begin(&tenant, &named::user(&self.user)?).await?;
        let mut new = OpenOptions::new();
        let mut file = new
            .write(true)
            .create_new(true)
            .mode(0o600)
            .open(&self.out)
            .await
            .map_err(unusable)?;
        let written = write(&mut archive, &mut file).await;
        if written.is_err() {
            // Half an archive must not be taken for a whole one.
            let _ = tokio::fs::remove_file(&self.out).await;
        }
        let bytes = written?;
        Ok(json!({"file": self.out, "bytes": bytes}))
    }
}

async fn write(archive: &mut Archive, file: &mut File) -> Result<usize> {
    let mut bytes = 0;
    while let Some(part) = archive.next().await? {
        file.write_all(&part).await.map_err(unusable)?;
        bytes += part.len();
    }
    // An error of the last write is returned by this, and not by the sync.
    file.flush().await.map_err(unusable)?;
    file.sync_all().await.map_err(unusable)?;
    Ok(bytes)
}

fn unusable(error: std::io::Error) -> Error {
    Error::invalid("/out", error.to_string())
}
