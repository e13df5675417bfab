//! `caas audit`: the audit log of the platform.

use base::Result;
use clap::{Args, Subcommand};
use domain::audit::{Checkpoint, verify};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::Output;
use crate::services::Services;

/// Commands on the audit log.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AuditCommand {
    /// Verify numbers and hashes of all entries.
    Verify(Verify),
}

impl AuditCommand {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::Verify(command) => command.run(services).await,
        }
    }
}

/// `caas audit verify`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Verify {
    /// Checkpoint that an earlier verification printed, to find a log whose end was cut.
    #[arg(long)]
    checkpoint: Option<String>,
}

impl Verify {
    async fn run(self, services: &Services) -> Result<Output> {
        let checkpoint = self.checkpoint.map(|text| text.parse::<Checkpoint>());
        let checkpoint = checkpoint.transpose()?;
        let verification = verify(&services.store.platform(), checkpoint.as_ref()).await?;
        let output = wire::admin::AuditVerification::from(verification);
        Ok(serde_json::to_value(output).unwrap_or(Value::Null))
    }
}
