mod create;
mod list;
mod show;
mod turn;

use base::Result;
use clap::Subcommand;
use serde::{Deserialize, Serialize};

use super::{Answer, Desk};

/// What to do with tenants.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TenantCommand {
    /// Make a tenant and its place.
    Create(create::Create),
    /// List tenants, the oldest first.
    List(list::List),
    /// Show a tenant and its applications.
    Show(show::Show),
    /// Shut a tenant at once: everything of it answers 403 `tenant_suspended`.
    Suspend(turn::Turn),
    /// Open a suspended tenant again.
    Resume(turn::Turn),
}

impl TenantCommand {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        match self {
            Self::Create(command) => command.run(desk).await,
            Self::List(command) => command.run(desk).await,
            Self::Show(command) => command.run(desk).await,
            Self::Suspend(command) => command.suspend(desk).await,
            Self::Resume(command) => command.resume(desk).await,
        }
    }
}
