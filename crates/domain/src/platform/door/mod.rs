//! Tells who calls. The only place where requests get the handle of a tenant.

mod api_key;
mod caller;
mod claims;
mod credentials;
mod rate_limiter;
#[cfg(test)]
mod tests;
mod token;
mod usage;

use std::sync::Arc;

use base::{Code, Failure, Id, Named, Result, TenantId};
use store::{Entity, Store, Tenant};

pub use caller::{Caller, Credential};
pub(super) use claims::Claims;
use credentials::Credentials;
use rate_limiter::RateLimiter;
pub use rate_limiter::{Left, Rates};
use token::Tokens;
use usage::UsageTable;
pub use usage::{OpenRequest, Reservation, Usage};

use super::get_tenant::tenant_not_found;
use super::{Application, Client, ClientStatus, Vault};
use crate::Actor;
use crate::users::{Card, Cards, User};

/// Checks credentials against bounded memories of tenants, applications, keys
/// and users. Whatever is written here is heeded by the next check; what
/// another node writes, when its hint comes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Door(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    vault: Vault,
    cards: Cards,
    credentials: Credentials,
    tokens: Tokens,
    limiter: RateLimiter,
    usage: UsageTable,
}

impl Door {
    /// A door to the store's tenants, through which so many requests go.
    #[must_use]
    pub fn new(store: Store, vault: Vault, cards: Cards, rates: Rates) -> Self {
        let (credentials, tokens, limiter) = (Credentials::new(&store), Tokens::new(), RateLimiter::new(rates));
        let usage = UsageTable::new();
        Self(Arc::new(Inner { store, vault, cards, credentials, tokens, limiter, usage }))
    }

    /// Counts a request of somebody who was let in, whichever way it came, and
    /// says what the narrower of their quotas has left.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub fn count(&self, tenant: TenantId, user: Option<Id<User>>) -> Result<Left> {
        self.0.limiter.count(tenant, user, self.0.store.context().now())
    }

    /// Counts a request that costs as much as this many.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub fn count_cost(&self, tenant: TenantId, user: Option<Id<User>>, cost: u32) -> Result<Left> {
        self.0.limiter.count_cost(tenant, user, cost, self.0.store.context().now())
    }

    /// Returns the bounds on what a user and their tenant hold of this server at once.
    #[must_use]
    pub fn usage(&self, tenant: TenantId, user: Option<Id<User>>) -> Usage {
        self.0.usage.of(tenant, user)
    }

    /// The handle of a tenant for the operator's own commands and jobs,
    /// whatever the tenant's status.
    ///
    /// # Errors
    /// 404 `tenant_not_found`.
    pub async fn tenant(&self, id: TenantId) -> Result<Tenant> {
        let client = self.0.credentials.client(id).await?.ok_or_else(tenant_not_found)?;
        Ok(self.handle(id, &client))
    }

    /// The same caller, acting as a user, as a server asks for with the header
    /// `Caas-User`.
    ///
    /// # Errors
    /// 403 `forbidden` for a user token, 404 `user_not_found`, 403 `user_deactivated`.
    pub async fn act_as(&self, caller: &Caller, named: &Named<User>) -> Result<Caller> {
        if !matches!(caller.credential, Credential::ApiKey { .. }) {
            return Err(Failure::new(Code::Forbidden, "Only a server can act as a user."));
        }
        let card = self.0.cards.resolve(&caller.tenant, named).await?;
        check_active(&card)?;
        Ok(Caller { actor: Actor::User(card.id), ..caller.clone() })
    }

    /// Looks again whether a caller who was let in earlier may stay, for
    /// connections that live long: to be asked when their tenant, application,
    /// key or user was written.
    ///
    /// # Errors
    /// What the same credential would be answered now.
    pub async fn check(&self, caller: &Caller) -> Result<()> {
        let tenant = self.open(caller.tenant.id()).await?;
        match &caller.credential {
            Credential::ApiKey { id, .. } => self.usable_key(*id).await.map(drop)?,
            Credential::UserToken { secret_version, claims } => {
                let application = self.application(caller.application.id).await?;
                token::check_times(&application, *secret_version, claims, self.0.store.context().now())?;
            }
        }
        let Actor::User(user) = caller.actor else { return Ok(()) };
        let card = self.0.cards.one(&tenant, user).await?.ok_or_else(deactivated)?;
        check_active(&card)?;
        match &caller.credential {
            Credential::UserToken { claims, .. } => claims.check_not_revoked(card.tokens_revoked_before),
            Credential::ApiKey { .. } => Ok(()),
        }
    }

    /// The handle of a tenant that may be used.
    async fn open(&self, id: TenantId) -> Result<Tenant> {
        let client = self.0.credentials.client(id).await?.ok_or_else(|| unauthenticated("The tenant is gone."))?;
        match client.status {
            ClientStatus::Active => Ok(self.handle(id, &client)),
            ClientStatus::Suspended => {
                Err(Failure::new(Code::TenantSuspended, "The tenant is suspended; its operator can resume it."))
            }
            ClientStatus::Provisioning => {
                Err(Failure::new(Code::Unavailable, "The tenant is being made; try again shortly.")
                    .retry_after_ms(1_000))
            }
        }
    }

    fn handle(&self, id: TenantId, client: &Client) -> Tenant {
        self.0.store.tenant(id, client.tier.isolation())
    }

    async fn application(&self, id: Id<Application>) -> Result<Arc<Entity<Application>>> {
        let found = self.0.credentials.application(id).await?;
        found.ok_or_else(|| unauthenticated("The credential names no application."))
    }
}

fn check_active(card: &Card) -> Result<()> {
    if card.is_active { Ok(()) } else { Err(deactivated()) }
}

pub(super) fn deactivated() -> Failure {
    Failure::new(Code::UserDeactivated, "The user is deactivated.")
}

fn unauthenticated(told: &'static str) -> Failure {
    Failure::new(Code::Unauthenticated, told)
}
