use std::sync::Arc;

use base::{ClientAddress, Error, ErrorCode, Id, Result, Timestamp};
use store::{Entity, TenantStore};

use super::Claims;
use crate::Actor;
use crate::sessions::Session;
use crate::tenants::{ApiKey, Application, Scope, Scopes, application};

/// An authenticated caller and its tenant.
#[derive(Clone, Debug)]
pub struct AuthContext {
    /// Handle of the caller's tenant.
    pub tenant: TenantStore,
    /// Application of the credential.
    pub application: Arc<Entity<Application>>,
    /// Acting principal.
    pub actor: Actor,
    /// Credential of the request.
    pub credential: Credential,
    /// Value of the `Origin` header, if the request comes from a browser.
    pub(super) origin: Option<Arc<str>>,
    /// Client address of the request.
    pub(super) client: ClientAddress,
}

/// A verified credential.
#[derive(Clone, Debug)]
pub enum Credential {
    /// An API key.
    ApiKey {
        /// Id of the key.
        id: Id<ApiKey>,
        /// Granted scopes.
        scopes: Scopes,
    },
    /// A user token.
    UserToken {
        /// Version of the secret that signed the token.
        secret_version: u32,
        /// Claims of the token.
        claims: Claims,
    },
}

impl AuthContext {
    /// Succeeds if the API key has the scope. User tokens have no scopes; their permissions follow
    /// from the user.
    ///
    /// # Errors
    /// 403 `scope_missing`.
    pub fn require(&self, scope: Scope) -> Result<()> {
        match &self.credential {
            Credential::ApiKey { scopes, .. } => scopes.require(scope),
            Credential::UserToken { .. } => Ok(()),
        }
    }

    /// Succeeds if a server acts for itself. A server that acts as a user has only that user's
    /// permissions.
    ///
    /// # Errors
    /// 403 `forbidden` for a user token and for a server that acts as a user.
    pub fn require_server(&self) -> Result<()> {
        let message = match (&self.credential, self.actor) {
            (Credential::ApiKey { .. }, Actor::Server) => return Ok(()),
            (Credential::ApiKey { .. }, Actor::User(_)) => {
                "Only a server that acts for itself can do this; omit the Caas-User header."
            }
            (Credential::UserToken { .. }, _) => "Only a server can do this; use an API key.",
        };
        Err(Error::new(ErrorCode::Forbidden, message))
    }

    /// Returns whether the credential is an API key, including one that acts as a user.
    #[must_use]
    pub const fn has_api_key(&self) -> bool {
        matches!(self.credential, Credential::ApiKey { .. })
    }

    /// Returns the session of the credential, if a sign-in created it.
    #[must_use]
    pub fn session(&self) -> Option<Id<Session>> {
        match &self.credential {
            Credential::UserToken { claims, .. } => claims.session(),
            Credential::ApiKey { .. } => None,
        }
    }

    /// Returns the origin of the request, if it comes from a browser.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Returns the client address of the request.
    #[must_use]
    pub const fn client(&self) -> ClientAddress {
        self.client
    }

    /// Returns the owner of the caller's idempotency keys: the user or the application.
    #[must_use]
    pub fn principal(&self) -> String {
        match self.actor {
            Actor::User(user) => format!("user:{user}"),
            Actor::Server => format!("application:{}", self.application.id),
        }
    }

    /// Returns when the credential expires.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match &self.credential {
            Credential::UserToken { claims, .. } => Some(claims.expires_at()),
            Credential::ApiKey { .. } => None,
        }
    }
}

/// Checks that browsers may use the application from this origin. A request without an origin does
/// not come from a browser.
///
/// # Errors
/// 403 `origin_not_allowed`.
pub(super) fn check_origin(application: &Application, origin: Option<&str>) -> Result<()> {
    if application::allows(&application.origins.0, origin) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::OriginNotAllowed,
        "The application does not allow this origin.",
    ))
}
