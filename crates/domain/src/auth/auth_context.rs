use std::sync::Arc;

use base::{Error, ErrorCode, Id, Result, Timestamp};
use store::{Entity, TenantStore};

use super::Claims;
use crate::Actor;
use crate::tenants::{ApiKey, Application, Scope, Scopes, application};

/// Who calls, and what they may reach.
#[derive(Clone, Debug)]
pub struct AuthContext {
    /// Reaches their tenant's documents, and no other's.
    pub tenant: TenantStore,
    /// The application they came through.
    pub application: Arc<Entity<Application>>,
    /// Who acts.
    pub actor: Actor,
    /// What they showed.
    pub credential: Credential,
    /// The page that a browser said the request came from.
    pub(super) origin: Option<Arc<str>>,
}

/// What a caller showed.
#[derive(Clone, Debug)]
pub enum Credential {
    /// An API key.
    ApiKey {
        /// The key.
        id: Id<ApiKey>,
        /// What it may do.
        scopes: Scopes,
    },
    /// A user token.
    UserToken {
        /// The version of the secret that signed it.
        secret_version: u32,
        /// What it says.
        claims: Claims,
    },
}

impl AuthContext {
    /// Lets a call through that the API key's scopes allow; a user token has
    /// no scopes, what it may do follows from its user.
    ///
    /// # Errors
    /// 403 `scope_missing`.
    pub fn require(&self, scope: Scope) -> Result<()> {
        match &self.credential {
            Credential::ApiKey { scopes, .. } => scopes.require(scope),
            Credential::UserToken { .. } => Ok(()),
        }
    }

    /// Lets a server through that acts on its own behalf: as a user it may do
    /// what the user may, so that what it passes on for them reaches no further.
    ///
    /// # Errors
    /// 403 `forbidden` for a user token and for a server that acts as a user.
    pub fn require_server(&self) -> Result<()> {
        let told = match (&self.credential, self.actor) {
            (Credential::ApiKey { .. }, Actor::Server) => return Ok(()),
            (Credential::ApiKey { .. }, Actor::User(_)) => {
                "Only a server on its own behalf can do this, without the header Caas-User."
            }
            (Credential::UserToken { .. }, _) => "Only a server can do this, with its API key.",
        };
        Err(Error::new(ErrorCode::Forbidden, told))
    }

    /// Returns whether the request has an API key, also when it acts as a user.
    #[must_use]
    pub const fn has_api_key(&self) -> bool {
        matches!(self.credential, Credential::ApiKey { .. })
    }

    /// Returns the page that a browser said the request came from; `None` for
    /// other clients.
    #[must_use]
    pub fn origin(&self) -> Option<&str> {
        self.origin.as_deref()
    }

    /// Whose idempotency keys these are: a user's own, or the application's.
    #[must_use]
    pub fn principal(&self) -> String {
        match self.actor {
            Actor::User(user) => format!("user:{user}"),
            Actor::Server => format!("application:{}", self.application.id),
        }
    }

    /// When the credential ends by itself.
    #[must_use]
    pub fn expires_at(&self) -> Option<Timestamp> {
        match &self.credential {
            Credential::UserToken { claims, .. } => Some(claims.expires_at()),
            Credential::ApiKey { .. } => None,
        }
    }
}

/// Checks that browsers may use the application from this page; a request
/// without an origin does not come from a browser.
///
/// # Errors
/// 403 `origin_not_allowed`.
pub(super) fn check_origin(application: &Application, origin: Option<&str>) -> Result<()> {
    if application::allows(&application.origins.0, origin) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::OriginNotAllowed,
        "The application does not list this origin.",
    ))
}
