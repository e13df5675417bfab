use base::{Error, Result};
use clap::Args;
use domain::tenants::{NewTenant, Tier, create_tenant};
use serde::{Deserialize, Serialize};

use crate::command::{Answer, Desk, show};

/// `caas tenant create`.
#[derive(Debug, Clone, Args, Serialize, Deserialize)]
pub struct Create {
    /// What you call it.
    #[arg(long)]
    name: String,
    /// How its data is kept apart: shared collections, a set of its own, a database of its own.
    #[arg(long, value_parser = ["free", "starter", "pro", "enterprise"])]
    tier: String,
    /// What you note about it.
    #[arg(long)]
    description: Option<String>,
    /// The plan it is billed by [default: the tier's name].
    #[arg(long)]
    plan: Option<String>,
}

impl Create {
    pub(super) async fn run(self, desk: &Desk) -> Result<Answer> {
        let Self {
            name,
            tier,
            description,
            plan,
        } = self;
        let unknown = || Error::invalid("/tier", "must be one of free, starter, pro, enterprise");
        let tier = Tier::from_word(&tier).ok_or_else(unknown)?;
        let tenant = create_tenant(
            &desk.store,
            NewTenant {
                name,
                description,
                plan,
                tier,
            },
        )
        .await?;
        Ok(show::tenant(&tenant))
    }
}
