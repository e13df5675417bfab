//! Tells who calls. The only place where requests get the handle of a tenant.

mod api_key;
mod caller;
mod claims;
mod credentials;
mod mint_token;
mod presented;
mod rate_limiter;
#[cfg(test)]
mod revocation_tests;
#[cfg(test)]
mod tests;
mod token;
mod usage;

use std::sync::Arc;

use base::{ClientAddress, Error, ErrorCode, Id, IdOrExternalId, Result, TenantId};
use store::{Entity, Store, TenantStore};

pub use caller::{AuthContext, Credential};
pub use claims::Claims;
use credentials::Credentials;
pub use mint_token::{MintedToken, mint_token};
pub use presented::{Admitted, Entry, Presented};
use rate_limiter::RateLimiter;
pub use rate_limiter::{RateLimitStatus, RateLimits};
use token::Tokens;
use usage::UsageTable;
pub use usage::{OpenRequest, Reservation, Usage};

use crate::Actor;
use crate::key_ring::KeyRing;
use crate::tenants::get_tenant::tenant_not_found;
use crate::tenants::{Application, Tenant, TenantStatus};
use crate::users::{User, UserCache, UserSummary};

/// What every API key begins with.
const KEY_PREFIX: &str = "caas_";

/// Checks credentials against bounded memories of tenants, applications, keys
/// and users. Whatever is written here is heeded by the next check; what
/// another node writes, when its hint comes. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authenticator(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    store: Store,
    vault: KeyRing,
    cards: UserCache,
    credentials: Credentials,
    tokens: Tokens,
    limiter: RateLimiter,
    usage: UsageTable,
}

impl Authenticator {
    /// A door to the store's tenants, through which so many requests go.
    #[must_use]
    pub fn new(store: Store, vault: KeyRing, cards: UserCache, rates: RateLimits) -> Self {
        let credentials = Credentials::new(&store);
        let tokens = Tokens::new();
        let limiter = RateLimiter::new(rates);
        let usage = UsageTable::new();
        Self(Arc::new(Inner {
            store,
            vault,
            cards,
            credentials,
            tokens,
            limiter,
            usage,
        }))
    }

    /// Counts a request of somebody who was let in, whichever way it came, and
    /// says what the narrower of their quotas has left.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub fn count(&self, tenant: TenantId, user: Option<Id<User>>) -> Result<RateLimitStatus> {
        self.count_cost(tenant, user, 1)
    }

    /// Counts a request that costs as much as this many, at most a full quota.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub fn count_cost(
        &self,
        tenant: TenantId,
        user: Option<Id<User>>,
        cost: u32,
    ) -> Result<RateLimitStatus> {
        let left = self.count_tenant(tenant, cost)?;
        user.map_or(Ok(left), |user| {
            Ok(left.narrower(self.count_user(tenant, user, cost)?))
        })
    }

    /// Adds to the cost of a request that was counted, once it turned out to
    /// be larger. The next request waits until it is paid for.
    pub fn charge(&self, tenant: TenantId, user: Option<Id<User>>, cost: u32) {
        self.0
            .limiter
            .charge(tenant, user, cost, self.0.store.context().now());
    }

    /// Counts a request without a valid credential by its client's address. A
    /// client whose address is unknown is not counted.
    pub fn charge_address(&self, client: ClientAddress) {
        self.0
            .limiter
            .charge_address(client, self.0.store.context().now());
    }

    /// Checks that not too many requests without a valid credential came from
    /// the client's address.
    ///
    /// # Errors
    /// 429 `rate_limited` that says when to try again.
    pub fn check_address(&self, client: ClientAddress) -> Result<()> {
        self.0
            .limiter
            .check_address(client, self.0.store.context().now())
    }

    fn count_tenant(&self, tenant: TenantId, cost: u32) -> Result<RateLimitStatus> {
        self.0
            .limiter
            .count_tenant(tenant, cost, self.0.store.context().now())
    }

    /// Counts a user whose tenant was counted; gives that back if it fails.
    fn count_user(&self, tenant: TenantId, user: Id<User>, cost: u32) -> Result<RateLimitStatus> {
        self.0
            .limiter
            .count_user(tenant, user, cost, self.0.store.context().now())
    }

    /// Verifies an API key or a user token.
    ///
    /// # Errors
    /// As [`Self::present_key`] and [`Self::present_token`].
    pub async fn present(&self, text: &str) -> Result<Presented<'_>> {
        if text.starts_with(KEY_PREFIX) {
            self.present_key(text).await
        } else {
            self.present_token(text).await
        }
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
    pub async fn tenant(&self, id: TenantId) -> Result<TenantStore> {
        let client = self
            .0
            .credentials
            .client(id)
            .await?
            .ok_or_else(tenant_not_found)?;
        Ok(self.handle(id, &client))
    }

    /// The same caller, acting as a user, as a server asks for with the header
    /// `Caas-User`; `count` is called with the user once that is known.
    async fn act_as(
        &self,
        caller: &AuthContext,
        named: &IdOrExternalId<User>,
        count: &mut (impl FnMut(Id<User>) -> Result<()> + Send),
    ) -> Result<AuthContext> {
        if !matches!(caller.credential, Credential::ApiKey { .. }) {
            return Err(Error::new(
                ErrorCode::Forbidden,
                "Only a server can act as a user.",
            ));
        }
        let card = self.0.cards.resolve(&caller.tenant, named).await?;
        count(card.id)?;
        check_active(&card)?;
        Ok(AuthContext {
            actor: Actor::User(card.id),
            ..caller.clone()
        })
    }

    /// Looks again whether a caller who was let in earlier may stay, for
    /// connections that live long: to be asked when their tenant, application,
    /// key or user was written.
    ///
    /// # Errors
    /// What the same credential would be answered now.
    pub async fn check(&self, caller: &AuthContext) -> Result<()> {
        let tenant = self.open(caller.tenant.id()).await?;
        match &caller.credential {
            Credential::ApiKey { id, .. } => self.usable_key(*id).await.map(drop)?,
            Credential::UserToken {
                secret_version,
                claims,
            } => {
                let application = self.unrevoked_in(caller.application.id, claims).await?;
                caller::check_origin(&application, caller.origin())?;
                token::check_times(
                    &application,
                    *secret_version,
                    claims,
                    self.0.store.context().now(),
                )?;
            }
        }
        let Actor::User(user) = caller.actor else {
            return Ok(());
        };
        let card = self
            .0
            .cards
            .one(&tenant, user)
            .await?
            .ok_or_else(deactivated)?;
        check_active(&card)?;
        match &caller.credential {
            Credential::UserToken { claims, .. } => {
                self.unrevoked(&tenant, card, claims).await.map(drop)
            }
            Credential::ApiKey { .. } => Ok(()),
        }
    }

    /// The handle of a tenant that may be used.
    async fn open(&self, id: TenantId) -> Result<TenantStore> {
        let client = self
            .0
            .credentials
            .client(id)
            .await?
            .ok_or_else(|| unauthenticated("The tenant is gone."))?;
        match client.status {
            TenantStatus::Active => Ok(self.handle(id, &client)),
            TenantStatus::Suspended => Err(Error::new(
                ErrorCode::TenantSuspended,
                "The tenant is suspended; its operator can resume it.",
            )),
            TenantStatus::Provisioning => Err(Error::new(
                ErrorCode::Unavailable,
                "The tenant is being made; try again shortly.",
            )
            .retry_after_ms(1_000)),
        }
    }

    fn handle(&self, id: TenantId, client: &Tenant) -> TenantStore {
        self.0.store.tenant(id, client.tier.isolation())
    }

    async fn application(&self, id: Id<Application>) -> Result<Arc<Entity<Application>>> {
        let found = self.0.credentials.application(id).await?;
        found.ok_or_else(|| unauthenticated("The credential names no application."))
    }
}

fn check_active(card: &UserSummary) -> Result<()> {
    if card.is_active {
        Ok(())
    } else {
        Err(deactivated())
    }
}

pub(super) fn deactivated() -> Error {
    Error::new(ErrorCode::UserDeactivated, "The user is deactivated.")
}

fn unauthenticated(told: &'static str) -> Error {
    Error::new(ErrorCode::Unauthenticated, told)
}
