mod erase;
mod export;

use base::Result;
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{Answer, Desk};

/// What to do with a tenant's users.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UserCommand {
    /// Erase a user completely and for ever; the server does it in small steps.
    Erase(erase::Erase),
    /// Write everything about a user into one archive.
    Export(export::Export),
}

impl UserCommand {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        match self {
            Self::Erase(command) => command.run(desk).await,
            Self::Export(command) => command.run(desk).await,
        }
    }
}
