//! Demo of the server: a tenant with two users and conversations, a link to
//! the chat page, an API key and a `curl` command. On loopback addresses only.

mod data;
mod exchange;

pub use exchange::routes;

use std::sync::Arc;

use base::{Context, Result, Timestamp, limit};
use domain::tenants::Application;
use parking_lot::Mutex;
use serde::Serialize;
use store::{Entity, TenantStore};
use subtle::ConstantTimeEq as _;
use tokio::sync::Semaphore;

use crate::services::Services;
use data::WELCOME_GROUP;

/// Exchange requests whose body may be read concurrently.
const MAX_CONCURRENT_EXCHANGES: usize = 16;

/// Demo of this process.
pub struct Demo {
    services: Services,
    tenant: TenantStore,
    application: Entity<Application>,
    link: ExchangeLink,
    key: String,
    exchanges: Semaphore,
}

impl Demo {
    /// Creates what is missing of the demo data, and a new link and API key.
    ///
    /// # Errors
    /// The error of the store or of an operation.
    pub async fn prepare(services: Services) -> Result<Arc<Self>> {
        let (tenant, application) = data::find_or_create(&services).await?;
        data::create_users(&tenant).await?;
        data::create_conversations(&tenant).await?;
        let key = data::replace_api_key(&services.store.platform(), &application).await?;
        let link = ExchangeLink::new(services.store.context());
        Ok(Arc::new(Self {
            services,
            tenant,
            application,
            link,
            key,
            exchanges: Semaphore::new(MAX_CONCURRENT_EXCHANGES),
        }))
    }

    /// Returns the texts to print for a server at this URL.
    pub fn greeting(&self, url: &str) -> Greeting {
        let curl = [
            format!("curl {url}/v1/conversations/ext:{WELCOME_GROUP}/messages"),
            format!("-H 'Authorization: Bearer {}'", self.key),
            "-H 'Caas-User: ext:alice'".to_owned(),
            "-H 'Content-Type: application/json'".to_owned(),
            "-d '{\"content\":\"Hello from curl\"}'".to_owned(),
        ];
        Greeting {
            link: format!("{url}/#exchange={}", self.link.code()),
            api_key: self.key.clone(),
            curl: curl.join(" "),
        }
    }
}

/// Texts about the demo that the server prints at the start.
#[derive(Debug, Serialize)]
pub struct Greeting {
    /// Link that opens the chat page as both users, once.
    pub link: String,
    /// API key of the demo tenant, valid until the next start.
    pub api_key: String,
    /// Command that sends a message.
    pub curl: String,
}

/// One-time code in the fragment of the printed link.
struct ExchangeLink {
    code: String,
    expires_at: Timestamp,
    used: Mutex<bool>,
}

impl ExchangeLink {
    /// Creates a random code.
    fn new(context: &Context) -> Self {
        let lifetime_ms = i64::try_from(limit::DEMO_LINK_SECONDS * 1_000).unwrap_or(i64::MAX);
        Self {
            code: hex::encode(context.random::<32>()),
            expires_at: context.now().plus_millis(lifetime_ms),
            used: Mutex::new(false),
        }
    }

    /// Returns the code to print.
    fn code(&self) -> &str {
        &self.code
    }

    /// Redeems the code; returns whether it is correct, not expired and unused.
    fn redeem(&self, code: &str, now: Timestamp) -> bool {
        let is_equal: bool = self.code.as_bytes().ct_eq(code.as_bytes()).into();
        let mut used = self.used.lock();
        let is_valid = is_equal && now < self.expires_at && !*used;
        *used |= is_valid;
        is_valid
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn link_code_is_redeemed_once_before_its_expiry() {
        let context = Context::system();
        let link = ExchangeLink::new(&context);
        let now = context.now();
        assert!(!link.redeem("0", now));
        assert!(!link.redeem(link.code(), now.plus_millis(11 * 60 * 1_000)));
        assert!(link.redeem(link.code(), now));
        assert!(!link.redeem(link.code(), now));
    }
}
