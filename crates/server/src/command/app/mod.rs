mod create;
mod rotate_secret;
mod update;

use base::Result;
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{Answer, Desk};

/// What to do with applications.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AppCommand {
    /// Make an application with its first signing secret, which is shown this once.
    Create(create::Create),
    /// Change an application's name, web origins and settings.
    Update(update::Update),
    /// Give an application a new signing secret, which is shown this once.
    RotateSecret(rotate_secret::RotateSecret),
}

impl AppCommand {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        match self {
            Self::Create(command) => command.run(desk).await,
            Self::Update(command) => command.run(desk).await,
            Self::RotateSecret(command) => command.run(desk).await,
        }
    }
}
