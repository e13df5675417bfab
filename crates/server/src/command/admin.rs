//! `caas admin`: platform admins.

use base::{Direction, Error, PageSize, Result};
use clap::{Args, Subcommand};
use domain::admins::{
    AdminRole, InvitedAdmin, NewAdmin, create_admin, find_admin, list_admins, reset_admin,
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Output, audited, output};
use crate::services::Services;

/// Commands on platform admins.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum AdminCommand {
    /// Create a platform admin and print a one-time code that sets the password.
    Create(Create),
    /// Print a new one-time code for an admin who lost password or second factor.
    Reset(Reset),
    /// List the platform admins, oldest first.
    List,
}

impl AdminCommand {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::Create(command) => command.run(services).await,
            Self::Reset(command) => command.run(services).await,
            Self::List => list(services).await,
        }
    }
}

/// `caas admin create`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// E-mail address, with which the admin signs in.
    #[arg(long)]
    email: String,
    /// Display name [default: the e-mail address].
    #[arg(long)]
    name: Option<String>,
    /// Role of the admin.
    #[arg(long, default_value = "owner", value_parser = ["owner", "admin", "support", "billing", "read_only"])]
    role: String,
}

impl Create {
    async fn run(self, services: &Services) -> Result<Output> {
        let unknown = || Error::invalid("/role", "must be a role of platform admins");
        let new = NewAdmin {
            name: self.name.unwrap_or_else(|| self.email.clone()),
            email: self.email,
            role: AdminRole::from_word(&self.role).ok_or_else(unknown)?,
        };
        let invited = create_admin(&audited(services, "admin.created", None), new).await?;
        Ok(with_code(&invited))
    }
}

/// `caas admin reset`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Reset {
    /// E-mail address of the admin.
    #[arg(long)]
    email: String,
}

impl Reset {
    async fn run(self, services: &Services) -> Result<Output> {
        let platform = services.store.platform();
        let admin = find_admin(&platform, &self.email).await?;
        let platform = audited(services, "admin.reset", None);
        Ok(with_code(&reset_admin(&platform, admin.id).await?))
    }
}

fn with_code(invited: &InvitedAdmin) -> Output {
    let mut output = output::admin(&invited.admin);
    output["setup_code"] = invited.code.as_str().into();
    output
}

async fn list(services: &Services) -> Result<Output> {
    let platform = services.store.platform();
    let mut admins: Vec<Output> = Vec::new();
    let mut after = None;
    loop {
        let page = list_admins(&platform, PageSize::MAX, Direction::Forward, after).await?;
        admins.extend(page.items.iter().map(output::admin));
        after = page.next;
        if after.is_none() {
            return Ok(json!({ "data": admins }));
        }
    }
}
