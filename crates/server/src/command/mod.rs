//! Administration commands, one file per resource. A command runs in the
//! process that has the store open: the server, while it serves the data
//! directory.

mod admin;
mod app;
mod audit;
mod execute;
mod ids;
mod key;
mod mail;
mod output;
mod schema;
mod tenant;
mod token;
mod user;

pub use execute::execute;

use base::{Result, TenantId};
use clap::Subcommand;
use domain::audit::Origin;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use store::PlatformStore;

use crate::services::Services;

/// Output of a command: an object, or a list under `data`.
pub type Output = Value;

/// Command of the command line that needs the store.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Command {
    /// Create, reset and list platform admins.
    #[command(subcommand)]
    Admin(admin::AdminCommand),
    /// Verify the audit log of the platform.
    #[command(subcommand)]
    Audit(audit::AuditCommand),
    /// Create, list, show, suspend and resume tenants.
    #[command(subcommand)]
    Tenant(tenant::TenantCommand),
    /// Create and update applications of a tenant.
    #[command(subcommand)]
    App(app::AppCommand),
    /// Create, list and revoke API keys.
    #[command(subcommand)]
    Key(key::KeyCommand),
    /// Create a user token, and the user if it does not exist.
    Token(token::Token),
    /// List mails of the development mailbox.
    #[command(subcommand)]
    Mail(mail::MailCommand),
    /// Erase and export users of a tenant.
    #[command(subcommand)]
    User(user::UserCommand),
    /// Print the database schema of the configured engine.
    Schema,
    /// Migrate every database to the schema of this version.
    Migrate,
}

impl Command {
    /// Runs the command on an open store.
    ///
    /// # Errors
    /// The error of the operation.
    pub async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::Admin(command) => command.run(services).await,
            Self::Audit(command) => command.run(services).await,
            Self::Tenant(command) => command.run(services).await,
            Self::App(command) => command.run(services).await,
            Self::Key(command) => command.run(services).await,
            Self::Token(command) => command.run(services).await,
            Self::Mail(command) => command.run(services).await,
            Self::User(command) => command.run(services).await,
            Self::Schema => Ok(schema::schema(services)),
            Self::Migrate => schema::migrate(services).await,
        }
    }
}

/// Returns a handle whose first commit contains the audit entry of this action.
fn audited(services: &Services, action: &'static str, tenant: Option<TenantId>) -> PlatformStore {
    let tenant = tenant.map(|tenant| tenant.to_string());
    let platform = services.store.platform();
    domain::audit::audited(&platform, action, Origin::command_line(), tenant)
}
