mod create;
mod list;
mod revoke;

use base::Result;
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{Answer, Desk};

/// What to do with API keys.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum KeyCommand {
    /// Make a key, which is shown this once.
    Create(create::Create),
    /// List a tenant's keys.
    List(list::List),
    /// End a key at once.
    Revoke(revoke::Revoke),
}

impl KeyCommand {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        match self {
            Self::Create(command) => command.run(desk).await,
            Self::List(command) => command.run(desk).await,
            Self::Revoke(command) => command.run(desk).await,
        }
    }
}
