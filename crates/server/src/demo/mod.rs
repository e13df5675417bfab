//! The demo: a tenant with two users and their first conversations, a link to
//! the chat page, a key and a `curl` line. On loopback only.

mod exchange;
mod greeting;
mod key;
mod link;
mod people;
mod tenant;
mod welcome;

pub use exchange::routes;
use std::sync::Arc;

use base::Result;
use domain::tenants::Application;
use store::{Entity, TenantStore};
use tokio::sync::Semaphore;

use crate::command::Desk;
use link::Link;

/// Exchanges of the link that may be open at once.
const EXCHANGES: usize = 16;

/// The demo of this start.
pub struct Demo {
    desk: Desk,
    tenant: TenantStore,
    application: Entity<Application>,
    link: Link,
    key: String,
    /// Exchanges whose body may be arriving at once.
    exchanges: Semaphore,
}

impl Demo {
    /// Makes what is missing of the demo, and a new link and key.
    ///
    /// # Errors
    /// What the store or a verb refuses.
    pub async fn prepare(desk: Desk) -> Result<Arc<Self>> {
        let (tenant, application) = tenant::find_or_make(&desk).await?;
        people::make(&tenant).await?;
        welcome::make(&tenant).await?;
        let key = key::replace(&desk.store.platform(), &application).await?;
        let link = Link::new(desk.store.context());
        let exchanges = Semaphore::new(EXCHANGES);
        Ok(Arc::new(Self {
            desk,
            tenant,
            application,
            link,
            key,
            exchanges,
        }))
    }
}
