use std::sync::Arc;

use base::{ClientAddress, Id, IdOrExternalId, Result, TenantId};
use store::{Entity, TenantStore};

use super::auth_context::check_origin;
use super::authenticator::check_active;
use super::claims::{RevocationStatus, Revocations};
use super::token::{Verified, revoked};
use super::{AuthContext, Authenticator, Credential, RateLimitStatus, unauthenticated};
use crate::Actor;
use crate::settings;
use crate::tenants::{ApiKey, Application, Scopes};
use crate::users::{self, NewUser, User, UserChanges, UserSummary};

/// Parts of a request that are checked together with its credential.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// Value of the `Origin` header, if the request comes from a browser.
    pub origin: Option<&'a str>,
    /// User that a server acts as.
    pub acting_as: Option<&'a IdOrExternalId<User>>,
    /// Number of requests to count, at least one.
    pub cost: u32,
    /// Client address.
    pub client: ClientAddress,
}

impl<'a> Entry<'a> {
    /// Returns the entry of a request with this origin and a cost of one.
    #[must_use]
    pub const fn from(origin: Option<&'a str>) -> Self {
        Self {
            origin,
            acting_as: None,
            cost: 1,
            client: ClientAddress::UNKNOWN,
        }
    }

    /// Returns the entry of a request with this client address.
    #[must_use]
    pub const fn at(self, client: ClientAddress) -> Self {
        Self { client, ..self }
    }
}

/// A caller that was counted and authenticated.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// Context of the caller.
    pub caller: AuthContext,
    /// Status of the narrower of the caller's rate limits.
    pub left: RateLimitStatus,
}

/// A credential that is genuine and not revoked. The request is not counted yet, its origin is not
/// checked, and nothing was written.
#[derive(Debug)]
pub struct Presented<'a> {
    pub(super) authenticator: &'a Authenticator,
    pub(super) tenant: TenantStore,
    pub(super) application: Arc<Entity<Application>>,
    pub(super) kind: Kind,
}

/// Kind of credential.
#[derive(Debug)]
pub(super) enum Kind {
    /// An API key.
    Key { id: Id<ApiKey>, scopes: Scopes },
    /// A user token.
    Token(Arc<Verified>),
}

impl Presented<'_> {
    /// Returns the tenant of the credential.
    #[must_use]
    pub fn tenant_id(&self) -> TenantId {
        self.tenant.id()
    }

    /// Counts the request and authenticates the caller. The tenant is counted before anything is
    /// read or written for the caller.
    ///
    /// # Errors
    /// 429 `rate_limited`, 403 `origin_not_allowed`, `user_deactivated` or `forbidden`, 401
    /// `credential_revoked` or `unauthenticated`, 404 `user_not_found` if the user of `Caas-User`
    /// does not exist.
    pub async fn admit(self, entry: Entry<'_>) -> Result<Admitted> {
        let Entry {
            origin,
            acting_as,
            cost,
            client,
        } = entry;
        let authenticator = self.authenticator;
        let tenant = self.tenant.id();
        let mut left = authenticator.count_tenant(tenant, cost)?;
        let mut count = |user: Id<User>| -> Result<()> {
            left = left.narrower(authenticator.count_user(tenant, user, cost)?);
            Ok(())
        };
        let caller = self.authenticate(origin, client, &mut count).await?;
        let caller = match acting_as {
            Some(named) => authenticator.act_as(&caller, named, &mut count).await?,
            None => caller,
        };
        Ok(Admitted { caller, left })
    }

    /// Authenticates the caller. Calls `count` with the user as soon as the user is resolved.
    pub(super) async fn authenticate(
        self,
        origin: Option<&str>,
        client: ClientAddress,
        count: &mut (impl FnMut(Id<User>) -> Result<()> + Send),
    ) -> Result<AuthContext> {
        let Self {
            authenticator,
            tenant,
            application,
            kind,
        } = self;
        // Checked before any write: a page that is not allowed must not create a user.
        check_origin(&application, origin)?;
        let origin = origin.map(Arc::from);
        let key = match &kind {
            Kind::Key { id, .. } => Some(*id),
            Kind::Token(_) => None,
        };
        authenticator
            .inner
            .ip_rules
            .check_tenant(tenant.id(), application.id, key, client)
            .await?;
        let (actor, credential) = match kind {
            Kind::Key { id, scopes } => (Actor::Server, Credential::ApiKey { id, scopes }),
            Kind::Token(verified) => {
                let summary = authenticator.token_user(&tenant, &verified, count).await?;
                let Verified {
                    secret_version,
                    claims,
                    ..
                } = &*verified;
                let secret_version = *secret_version;
                (
                    Actor::User(summary.id),
                    Credential::UserToken {
                        secret_version,
                        claims: claims.clone(),
                    },
                )
            }
        };
        Ok(AuthContext {
            tenant,
            application,
            actor,
            credential,
            origin,
            client,
        })
    }
}

impl Authenticator {
    /// Returns the user of a token, creating the user if that is allowed.
    async fn token_user(
        &self,
        tenant: &TenantStore,
        verified: &Verified,
        count: &mut (impl FnMut(Id<User>) -> Result<()> + Send),
    ) -> Result<Arc<UserSummary>> {
        let claims = &verified.claims;
        if let Some(summary) = self.inner.user_cache.find(tenant, claims.user()).await? {
            count(summary.id)?;
            let summary = self.unrevoked_user(tenant, summary, claims).await?;
            check_active(&summary)?;
            return Ok(summary);
        }
        let unknown = || unauthenticated("The token's subject does not exist.");
        let IdOrExternalId::External(external_id) = claims.user() else {
            return Err(unknown());
        };
        if !settings::get(tenant).await?.create_users {
            return Err(unknown());
        }
        let erased = Revocations::before(users::erased_at(tenant, external_id).await?);
        if claims.of_user(erased) != RevocationStatus::Valid {
            return Err(revoked());
        }
        let new = NewUser {
            external_id: external_id.clone(),
            changes: UserChanges::default(),
        };
        users::upsert(tenant, new).await?;
        let summary = self
            .inner
            .user_cache
            .find(tenant, claims.user())
            .await?
            .ok_or_else(unknown)?;
        count(summary.id)?;
        let summary = self.unrevoked_user(tenant, summary, claims).await?;
        check_active(&summary)?;
        Ok(summary)
    }
}
