use std::sync::Arc;

use base::{Id, IdOrExternalId, Result, TenantId};
use store::{Entity, TenantStore};

use super::auth_context::check_origin;
use super::authenticator::check_active;
use super::claims::{Revocations, Standing};
use super::token::{Verified, revoked};
use super::{AuthContext, Authenticator, Credential, RateLimitStatus, unauthenticated};
use crate::Actor;
use crate::settings;
use crate::tenants::{ApiKey, Application, Scopes};
use crate::users::{self, NewUser, User, UserChanges, UserSummary};

/// What comes with a credential.
#[derive(Clone, Copy, Debug)]
pub struct Entry<'a> {
    /// The page from which a browser sends it; `None` from other clients.
    pub origin: Option<&'a str>,
    /// The user that a server acts as.
    pub acting_as: Option<&'a IdOrExternalId<User>>,
    /// The requests that it counts as, at least one.
    pub cost: u32,
}

impl<'a> Entry<'a> {
    /// One request from this origin.
    #[must_use]
    pub const fn from(origin: Option<&'a str>) -> Self {
        Self {
            origin,
            acting_as: None,
            cost: 1,
        }
    }
}

/// A caller who was counted and let in.
#[derive(Clone, Debug)]
pub struct Admitted {
    /// The caller.
    pub caller: AuthContext,
    /// What is left of the narrower of their quotas.
    pub left: RateLimitStatus,
}

/// A credential that is genuine and not revoked. Nothing was counted, compared
/// with an origin or written yet.
#[derive(Debug)]
pub struct Presented<'a> {
    pub(super) door: &'a Authenticator,
    pub(super) tenant: TenantStore,
    pub(super) application: Arc<Entity<Application>>,
    pub(super) kind: Kind,
}

/// Which kind of credential.
#[derive(Debug)]
pub(super) enum Kind {
    /// An API key.
    Key { id: Id<ApiKey>, scopes: Scopes },
    /// A user token.
    Token(Arc<Verified>),
}

impl Presented<'_> {
    /// Returns the tenant whose credential it is.
    #[must_use]
    pub fn tenant_id(&self) -> TenantId {
        self.tenant.id()
    }

    /// Counts the request and lets the caller in. The tenant is counted before
    /// anything is read or written for the caller.
    ///
    /// # Errors
    /// 429 `rate_limited`, 403 `origin_not_allowed`, `user_deactivated` or
    /// `forbidden`, 401 `credential_revoked` or `unauthenticated`, 404
    /// `user_not_found` for a user acted as who does not exist.
    pub async fn admit(self, entry: Entry<'_>) -> Result<Admitted> {
        let Entry {
            origin,
            acting_as,
            cost,
        } = entry;
        let door = self.door;
        let tenant = self.tenant.id();
        let mut left = door.count_tenant(tenant, cost)?;
        let mut count = |user: Id<User>| -> Result<()> {
            left = left.narrower(door.count_user(tenant, user, cost)?);
            Ok(())
        };
        let caller = self.enter(origin, &mut count).await?;
        let caller = match acting_as {
            Some(named) => door.act_as(&caller, named, &mut count).await?,
            None => caller,
        };
        Ok(Admitted { caller, left })
    }

    /// Lets the caller in; `count` is called with their user once that is known.
    pub(super) async fn enter(
        self,
        origin: Option<&str>,
        count: &mut (impl FnMut(Id<User>) -> Result<()> + Send),
    ) -> Result<AuthContext> {
        let Self {
            door,
            tenant,
            application,
            kind,
        } = self;
        // Before anything is written: a page that is not listed must not create a user.
        check_origin(&application, origin)?;
        let (actor, credential) = match kind {
            Kind::Key { id, scopes } => (Actor::Server, Credential::ApiKey { id, scopes }),
            Kind::Token(verified) => {
                let card = door.bearer(&tenant, &verified, count).await?;
                let Verified {
                    secret_version,
                    claims,
                    ..
                } = &*verified;
                let secret_version = *secret_version;
                (
                    Actor::User(card.id),
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
            origin: origin.map(Arc::from),
        })
    }
}

impl Authenticator {
    /// The user that a token is for, who is created if that is allowed.
    async fn bearer(
        &self,
        tenant: &TenantStore,
        verified: &Verified,
        count: &mut (impl FnMut(Id<User>) -> Result<()> + Send),
    ) -> Result<Arc<UserSummary>> {
        let claims = &verified.claims;
        if let Some(card) = self.0.cards.find(tenant, claims.user()).await? {
            count(card.id)?;
            let card = self.unrevoked(tenant, card, claims).await?;
            check_active(&card)?;
            return Ok(card);
        }
        let unknown = || unauthenticated("The token names a user who is not there.");
        let IdOrExternalId::External(external_id) = claims.user() else {
            return Err(unknown());
        };
        if !settings::get(tenant).await?.create_users {
            return Err(unknown());
        }
        let erased = Revocations::before(users::erased_at(tenant, external_id).await?);
        if claims.of_user(erased) != Standing::Valid {
            return Err(revoked());
        }
        let new = NewUser {
            external_id: external_id.clone(),
            changes: UserChanges::default(),
        };
        users::upsert(tenant, new).await?;
        let card = self
            .0
            .cards
            .find(tenant, claims.user())
            .await?
            .ok_or_else(unknown)?;
        count(card.id)?;
        let card = self.unrevoked(tenant, card, claims).await?;
        check_active(&card)?;
        Ok(card)
    }
}
