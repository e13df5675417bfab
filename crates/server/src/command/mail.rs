//! `caas mail`: the development mailbox.

use base::Result;
use clap::{Args, Subcommand};
use domain::mail::list_mailbox;
use serde::{Deserialize, Serialize};
use serde_json::json;

use super::{Output, ids};
use crate::services::Services;

/// Commands on the development mailbox.
#[derive(Debug, Clone, Subcommand, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum MailCommand {
    /// List the newest mails of a tenant. Mails are stored for a day, and only without SMTP.
    List(List),
}

impl MailCommand {
    pub(super) async fn run(self, services: &Services) -> Result<Output> {
        match self {
            Self::List(command) => command.run(services).await,
        }
    }
}

/// `caas mail list`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct List {
    /// Tenant id, `clnt_…`.
    #[arg(long)]
    tenant: String,
    /// Only mails to this address.
    #[arg(long)]
    to: Option<String>,
}

impl List {
    async fn run(self, services: &Services) -> Result<Output> {
        let tenant = services
            .authenticator
            .tenant(ids::tenant(&self.tenant)?)
            .await?;
        let mails = list_mailbox(&tenant).await?;
        let is_wanted = |to: &str| self.to.as_deref().is_none_or(|wanted| wanted == to);
        let data: Vec<_> = mails
            .iter()
            .filter(|mail| is_wanted(&mail.to))
            .map(|mail| {
                json!({
                    "id": mail.id, "to": mail.to, "subject": mail.subject, "text": mail.text,
                    "sent_at": mail.sent_at,
                })
            })
            .collect();
        Ok(json!({ "data": data }))
    }
}
