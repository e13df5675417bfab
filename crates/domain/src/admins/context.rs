use std::net::IpAddr;

use base::{Error, ErrorCode, Id, Result, limit};
use store::{Changes, PlatformStore, Update};

use super::AdminRole;
use super::account::get_admin;
use super::collections::{AdminKey, AdminSession, PlatformAdmin};
use super::key::KEY_PREFIX;
use super::sign_in::SESSION_PREFIX;
use crate::audit::{ActorType, Origin};
use crate::networks::contains;
use crate::tenants::secret_text::{hash_of_secret, show_hash};

/// An authenticated caller of the admin API.
#[derive(Clone, Debug)]
pub struct AdminContext {
    /// The admin or admin key.
    pub principal: AdminPrincipal,
    /// Name of the admin or the key.
    pub name: String,
    /// Role of the admin or the key.
    pub role: AdminRole,
    /// Client address.
    pub address: Option<IpAddr>,
}

/// Principal of the admin API.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum AdminPrincipal {
    /// An admin who has signed in.
    Admin {
        /// The admin.
        admin: Id<PlatformAdmin>,
        /// The session.
        session: Id<AdminSession>,
    },
    /// An admin key.
    Key(Id<AdminKey>),
}

impl AdminContext {
    /// Authenticates the token of a session or an admin key. The caller checks the role.
    ///
    /// # Errors
    /// 401 `unauthenticated`, `credential_revoked` or `token_expired`, 403 `address_not_allowed`.
    pub async fn authenticate(
        platform: &PlatformStore,
        credential: &str,
        address: Option<IpAddr>,
    ) -> Result<Self> {
        if credential.starts_with(KEY_PREFIX) {
            Self::of_key(platform, credential, address).await
        } else {
            Self::of_session(platform, credential, address).await
        }
    }

    /// Returns the origin of the caller's actions for the audit log.
    #[must_use]
    pub fn origin(&self, user_agent: Option<String>, request_id: Option<String>) -> Origin {
        let (actor_type, actor_id, session_id) = match self.principal {
            AdminPrincipal::Admin { admin, session } => (
                ActorType::Admin,
                admin.to_string(),
                Some(session.to_string()),
            ),
            AdminPrincipal::Key(key) => (ActorType::AdminKey, key.to_string(), None),
        };
        Origin {
            actor_type,
            actor_id: Some(actor_id),
            actor_name: Some(self.name.clone()),
            session_id,
            address: self.address,
            user_agent,
            request_id,
        }
    }

    async fn of_session(
        platform: &PlatformStore,
        token: &str,
        address: Option<IpAddr>,
    ) -> Result<Self> {
        let unknown = || unauthenticated("There is no such session; sign in again.");
        let hash = hash_of_secret(SESSION_PREFIX, token).ok_or_else(unknown)?;
        let query = AdminSession::by_hash.eq(AdminSession::hash, show_hash(&hash));
        let session = platform.find(query).await?.ok_or_else(unknown)?;
        if session.expires_at <= platform.context().now() {
            return Err(unknown());
        }
        let admin = match get_admin(platform, session.admin_id).await {
            Err(error) if error.code == ErrorCode::AdminNotFound => return Err(unknown()),
            admin => admin?,
        };
        Ok(Self {
            principal: AdminPrincipal::Admin {
                admin: admin.id,
                session: session.id,
            },
            role: admin.role,
            name: admin.doc.email,
            address,
        })
    }

    async fn of_key(platform: &PlatformStore, text: &str, address: Option<IpAddr>) -> Result<Self> {
        let unknown = || unauthenticated("There is no such admin key.");
        let hash = hash_of_secret(KEY_PREFIX, text).ok_or_else(unknown)?;
        let query = AdminKey::by_hash.eq(AdminKey::hash, show_hash(&hash));
        let key = platform.find(query).await?.ok_or_else(unknown)?;
        let now = platform.context().now();
        if key.revoked_at.is_some() {
            return Err(Error::new(ErrorCode::Revoked, "The admin key was revoked."));
        }
        if key.expires_at.is_some_and(|end| end <= now) {
            return Err(Error::new(
                ErrorCode::TokenExpired,
                "The admin key has expired.",
            ));
        }
        let networks = &key.networks.0;
        if !networks.is_empty() && !address.is_some_and(|address| contains(networks, address)) {
            return Err(Error::new(
                ErrorCode::AddressNotAllowed,
                "The admin key must not be used from this address.",
            ));
        }
        let recently = limit::signed(limit::KEY_USE_SECONDS) * 1_000;
        if key
            .last_used_at
            .is_none_or(|used| used.plus_millis(recently) <= now)
        {
            let mut batch = platform.batch();
            let changes = Changes::new().set(AdminKey::last_used_at, now);
            batch.update(key.id, Update::of(changes).quietly());
            platform.commit(batch).await?;
        }
        Ok(Self {
            principal: AdminPrincipal::Key(key.id),
            role: key.role,
            name: key.doc.name,
            address,
        })
    }

    /// Returns the admin who has signed in.
    ///
    /// # Errors
    /// 403 `forbidden` for an admin key.
    pub fn admin(&self) -> Result<(Id<PlatformAdmin>, Id<AdminSession>)> {
        match self.principal {
            AdminPrincipal::Admin { admin, session } => Ok((admin, session)),
            AdminPrincipal::Key(_) => Err(Error::new(
                ErrorCode::Forbidden,
                "Only an admin who has signed in can do this.",
            )),
        }
    }
}

fn unauthenticated(message: &'static str) -> Error {
    Error::new(ErrorCode::Unauthenticated, message)
}
