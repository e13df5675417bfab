//! `caas user`: erasure and export of users.

use std::path::PathBuf;

use base::{Error, Result};
use clap::{Args, Subcommand};
use domain::erasure;
use domain::export::Archive;
use serde::{Deserialize, Serialize};
use serde_json::json;
use tokio::fs::{File, OpenOptions};
use tokio::io::AsyncWriteExt as _;

use super::{Output, ids, output};
use crate::services::Services;

/// Commands on users of a tenant.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserCommand {
    /// Erase a user permanently. The server does it in the background.
    Erase(Erase),
    /// Export all data of a user into a ZIP file.
    Export(Export),
}

impl UserCommand {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::Erase(command) => command.run(services).await,
            Self::Export(command) => command.run(services).await,
        }
    }
}

/// `caas user erase`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Erase {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// User id, or `ext:` and an external id.
    #[arg(long)]
    user: String,
}

impl Erase {
    async fn run(self, services: &Services) -> Result<Output> {
        let tenant = services
            .authenticator
            .tenant(ids::tenant(&self.tenant)?)
            .await?;
        let erasure = erasure::request(&tenant, &ids::user(&self.user)?).await?;
        Ok(output::erasure(&erasure))
    }
}

/// `caas user export`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Export {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// User id, or `ext:` and an external id.
    #[arg(long)]
    user: String,
    /// Path of the archive to create. The file must not exist.
    #[arg(long, value_name = "FILE", value_parser = absolute)]
    out: PathBuf,
}

/// Makes the path absolute: the server that runs the command may have another
/// working directory.
fn absolute(text: &str) -> std::io::Result<PathBuf> {
    std::path::absolute(text)
}

impl Export {
    async fn run(self, services: &Services) -> Result<Output> {
        let tenant = services
            .authenticator
            .tenant(ids::tenant(&self.tenant)?)
            .await?;
        let mut archive =
            Archive::begin(&tenant, &services.media.storage, &ids::user(&self.user)?).await?;
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
            // A partial archive must not look like a complete one.
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
    // `flush` returns the error of the last write; `sync_all` does not.
    file.flush().await.map_err(unusable)?;
    file.sync_all().await.map_err(unusable)?;
    Ok(bytes)
}

fn unusable(error: std::io::Error) -> Error {
    Error::invalid("/out", error.to_string())
}
