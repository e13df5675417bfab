//! The operator's commands: one verb per file. They run in the process that
//! has the store open, which is the server while it serves the folder.

mod app;
mod carry_out;
mod desk;
mod key;
mod migrate;
mod named;
mod schema;
mod show;
mod tenant;
mod token;
mod user;

pub use carry_out::carry_out;
pub use desk::Desk;

use base::Result;
use clap::Subcommand;
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// What a command answers: an object, or a list under `data`.
pub type Answer = Value;

/// A command of the operator.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Make, list, show, suspend and resume tenants.
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Make and change applications: ways into a tenant.
    #[command(subcommand)]
    App(app::AppCommand),
    /// Make, list and revoke API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Mint a user token, making the user where there is none.
    Token(token::Token),
    /// Erase and export a tenant's users.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Show the schema as the engine makes it.
    Schema,
    /// Bring every place to the schema of this version now.
    Migrate,
}

impl Command {
    /// Carries the command out at a desk.
    ///
    /// # Errors
    /// What the verb refuses.
    pub async fn run(self, desk: &Desk) -> Result<Answer> {
        match self {
            Self::Tenant(command) => command.run(desk).await,
            Self::App(command) => command.run(desk).await,
            Self::Key(command) => command.run(desk).await,
            Self::Token(command) => command.run(desk).await,
            Self::User(command) => command.run(desk).await,
            Self::Schema => Ok(schema::run(desk)),
            Self::Migrate => migrate::run(desk).await,
        }
    }
}
