use std::sync::Arc;

use base::{
    ClientAddress, Error, ErrorCode, Id, IdOrExternalId, Result, TenantId, Timestamp, limit,
};
use store::{Entity, Store, TenantStore};

use super::auth_context::{self, AuthContext, Credential};
use super::credentials::Credentials;
use super::presented::{Kind, Presented};
use super::rate_limiter::{RateLimitStatus, RateLimiter, RateLimits};
use super::token::{self, Tokens};
use super::usage::{Usage, UsageTable};
use crate::Actor;
use crate::ip_rules::IpRules;
use crate::key_ring::KeyRing;
use crate::sessions::SessionCache;
use crate::tenants::api_key::hash_of_key;
use crate::tenants::tenant::tenant_not_found;
use crate::tenants::{ApiKey, Application, Scopes, Tenant, TenantStatus};
use crate::users::{User, UserCache, UserSummary};

/// Prefix of every API key.
const KEY_PREFIX: &str = "caas_";

/// Verifies credentials and counts requests.
///
/// Tenants, applications, keys and users are cached with a bound. A write on this node is visible
/// at the next check, a write on another node when its change event arrives. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Authenticator {
    pub(super) inner: Arc<Inner>,
}

#[derive(Debug)]
pub(super) struct Inner {
    pub(super) store: Store,
    pub(super) key_ring: KeyRing,
    pub(super) user_cache: UserCache,
    pub(super) credentials: Credentials,
    pub(super) tokens: Tokens,
    pub(super) sessions: SessionCache,
    pub(super) limiter: RateLimiter,
    pub(super) usage: UsageTable,
    pub(super) ip_rules: IpRules,
}

impl Authenticator {
    /// Creates an authenticator with these rate limits.
    #[must_use]
    pub fn new(store: Store, key_ring: KeyRing, user_cache: UserCache, rates: RateLimits) -> Self {
        let credentials = Credentials::new(&store);
        let tokens = Tokens::new();
        let sessions = SessionCache::new(&store);
        let limiter = RateLimiter::new(rates);
        let usage = UsageTable::new();
        let ip_rules = IpRules::new(&store);
        Self {
            inner: Arc::new(Inner {
                store,
                key_ring,
                user_cache,
                credentials,
                tokens,
                sessions,
                limiter,
                usage,
                ip_rules,
            }),
        }
    }

    /// Counts an authenticated request and returns the status of the narrower of the tenant's and
    /// the user's limits.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub fn count(&self, tenant: TenantId, user: Option<Id<User>>) -> Result<RateLimitStatus> {
        self.count_cost(tenant, user, 1)
    }

    /// Counts a request with this cost, which is at most a full quota.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
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

    /// Adds to the cost of a request that was counted, if it proves larger than expected. The next
    /// request waits until the cost is covered.
    pub fn charge(&self, tenant: TenantId, user: Option<Id<User>>, cost: u32) {
        self.inner
            .limiter
            .charge(tenant, user, cost, self.inner.store.context().now());
    }

    /// Counts a request without a valid credential towards the limit of its client address. A
    /// request with an unknown address is not counted.
    pub fn charge_address(&self, client: ClientAddress) {
        self.inner
            .limiter
            .charge_address(client, self.inner.store.context().now());
    }

    /// Checks that the client address has not sent too many requests without a valid credential.
    ///
    /// # Errors
    /// 429 `rate_limited` with the time to wait.
    pub fn check_address(&self, client: ClientAddress) -> Result<()> {
        self.inner
            .limiter
            .check_address(client, self.inner.store.context().now())
    }

    /// Checks that the platform does not block the client address.
    ///
    /// # Errors
    /// 403 `address_blocked`, 503 if the rules cannot be read.
    pub async fn check_not_blocked(&self, client: ClientAddress) -> Result<()> {
        self.inner.ip_rules.check_platform(client).await
    }

    /// Checks the client address of a caller against the rules of tenant, application and key.
    pub(super) async fn check_network(&self, caller: &AuthContext) -> Result<()> {
        let key = match &caller.credential {
            Credential::ApiKey { id, .. } => Some(*id),
            Credential::UserToken { .. } => None,
        };
        let tenant = caller.tenant.id();
        let application = caller.application.id;
        self.inner
            .ip_rules
            .check_tenant(tenant, application, key, caller.client)
            .await
    }

    pub(super) fn count_tenant(&self, tenant: TenantId, cost: u32) -> Result<RateLimitStatus> {
        self.inner
            .limiter
            .count_tenant(tenant, cost, self.inner.store.context().now())
    }

    /// Counts a request of a user whose tenant was counted. On failure, the tenant's count is
    /// restored.
    pub(super) fn count_user(
        &self,
        tenant: TenantId,
        user: Id<User>,
        cost: u32,
    ) -> Result<RateLimitStatus> {
        self.inner
            .limiter
            .count_user(tenant, user, cost, self.inner.store.context().now())
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

    /// Returns the limits on open requests and buffered bytes of a user and their tenant.
    #[must_use]
    pub fn usage(&self, tenant: TenantId, user: Option<Id<User>>) -> Usage {
        self.inner.usage.of(tenant, user)
    }

    /// Returns the handle of a tenant of any status, for operator commands and jobs.
    ///
    /// # Errors
    /// 404 `tenant_not_found`.
    pub async fn tenant(&self, id: TenantId) -> Result<TenantStore> {
        let tenant = self
            .inner
            .credentials
            .tenant(id)
            .await?
            .ok_or_else(tenant_not_found)?;
        Ok(self.handle(id, &tenant))
    }

    /// Returns whether a tenant is active, neither suspended nor being provisioned.
    ///
    /// # Errors
    /// When the store is unavailable.
    pub async fn is_active(&self, id: TenantId) -> Result<bool> {
        let tenant = self.inner.credentials.tenant(id).await?;
        Ok(tenant.is_some_and(|tenant| tenant.status == TenantStatus::Active))
    }

    /// Returns the caller's context acting as a user (the `Caas-User` header). Calls `count` with
    /// the user as soon as the user is resolved.
    pub(super) async fn act_as(
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
        let summary = self.inner.user_cache.resolve(&caller.tenant, named).await?;
        count(summary.id)?;
        check_active(&summary)?;
        Ok(AuthContext {
            actor: Actor::User(summary.id),
            ..caller.clone()
        })
    }

    /// Repeats the checks of an authenticated caller, for long-lived connections. Call it after a
    /// write to their tenant, application, key or user.
    ///
    /// # Errors
    /// The error that a new request with the same credential would return.
    pub async fn check(&self, caller: &AuthContext) -> Result<()> {
        self.check_not_blocked(caller.client).await?;
        let tenant = self.open(caller.tenant.id()).await?;
        self.check_network(caller).await?;
        match &caller.credential {
            Credential::ApiKey { id, .. } => self.usable_key(*id).await.map(drop)?,
            Credential::UserToken {
                secret_version,
                claims,
            } => {
                let application = self
                    .unrevoked_application(caller.application.id, claims)
                    .await?;
                auth_context::check_origin(&application, caller.origin())?;
                token::check_times(
                    &application,
                    *secret_version,
                    claims,
                    self.inner.store.context().now(),
                )?;
            }
        }
        let Actor::User(user) = caller.actor else {
            return Ok(());
        };
        let summary = self
            .inner
            .user_cache
            .one(&tenant, user)
            .await?
            .ok_or_else(deactivated)?;
        check_active(&summary)?;
        match &caller.credential {
            Credential::UserToken { claims, .. } => self
                .unrevoked_user(&tenant, summary, claims)
                .await
                .map(drop),
            Credential::ApiKey { .. } => Ok(()),
        }
    }

    /// Returns the handle of an active tenant.
    pub(super) async fn open(&self, id: TenantId) -> Result<TenantStore> {
        let tenant = self
            .inner
            .credentials
            .tenant(id)
            .await?
            .ok_or_else(|| unauthenticated("There is no such tenant."))?;
        match tenant.status {
            TenantStatus::Active => Ok(self.handle(id, &tenant)),
            TenantStatus::Suspended => Err(Error::new(
                ErrorCode::TenantSuspended,
                "The tenant is suspended; its operator can resume it.",
            )),
            TenantStatus::Provisioning => Err(Error::new(
                ErrorCode::Unavailable,
                "The tenant is being provisioned; retry shortly.",
            )
            .retry_after_ms(1_000)),
        }
    }

    fn handle(&self, id: TenantId, tenant: &Tenant) -> TenantStore {
        self.inner.store.tenant(id, tenant.tier.isolation())
    }

    pub(super) async fn application(
        &self,
        id: Id<Application>,
    ) -> Result<Arc<Entity<Application>>> {
        let found = self.inner.credentials.application(id).await?;
        found.ok_or_else(|| unauthenticated("The credential's application does not exist."))
    }
}

pub(super) fn check_active(summary: &UserSummary) -> Result<()> {
    if summary.is_active {
        Ok(())
    } else {
        Err(deactivated())
    }
}

pub(super) fn deactivated() -> Error {
    Error::new(ErrorCode::UserDeactivated, "The user is deactivated.")
}

pub(super) fn unauthenticated(message: &'static str) -> Error {
    Error::new(ErrorCode::Unauthenticated, message)
}

impl Authenticator {
    /// Verifies an API key.
    ///
    /// # Errors
    /// 401 `unauthenticated` for an unknown key, 401 `token_expired` or `credential_revoked` for
    /// one that is expired or revoked, 403 `tenant_suspended`.
    pub async fn present_key(&self, text: &str) -> Result<Presented<'_>> {
        let unknown = || unauthenticated("There is no such API key.");
        let hash = hash_of_key(text).ok_or_else(unknown)?;
        let id = self
            .inner
            .credentials
            .key_by_hash(hash)
            .await?
            .ok_or_else(unknown)?;
        let key = self.usable_key(id).await?;
        let tenant = self.open(key.tenant_id).await?;
        let application = self.application(key.application_id).await?;
        // Scopes are validated before they are stored. Ones that this version does not support
        // grant nothing.
        let scopes = Scopes::parse(&key.scopes.0).unwrap_or_default();
        self.record_use(&key);
        Ok(Presented {
            authenticator: self,
            tenant,
            application,
            kind: Kind::Key { id, scopes },
        })
    }

    pub(super) async fn usable_key(&self, id: Id<ApiKey>) -> Result<Arc<Entity<ApiKey>>> {
        let found = self.inner.credentials.key(id).await?;
        let key = found.ok_or_else(|| unauthenticated("There is no such API key."))?;
        if key.revoked_at.is_some() {
            return Err(Error::new(ErrorCode::Revoked, "The API key was revoked."));
        }
        if key
            .expires_at
            .is_some_and(|end| end <= self.inner.store.context().now())
        {
            return Err(Error::new(
                ErrorCode::TokenExpired,
                "The API key has expired.",
            ));
        }
        Ok(key)
    }

    /// Updates the key's last use in the background, at most once a minute.
    fn record_use(&self, key: &Entity<ApiKey>) {
        let now = self.inner.store.context().now();
        let recently = |noted: Timestamp| {
            now < noted.plus_millis(limit::signed(limit::KEY_USE_SECONDS) * 1_000)
        };
        if key.last_used_at.is_some_and(recently)
            || self.inner.credentials.use_recorded(key.id, now, recently)
        {
            return;
        }
        let platform = self.inner.store.platform();
        let id = key.id;
        tokio::spawn(async move {
            let mut batch = platform.batch();
            batch.raise(id, ApiKey::last_used_at, now);
            if let Err(error) = platform.commit(batch).await {
                tracing::warn!(key = %id, %error, "failed to update the last use of an API key");
            }
        });
    }
}
