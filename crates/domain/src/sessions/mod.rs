//! Sessions of users who signed in here: refresh tokens, list and revocation.

mod cache;
mod collections;
mod refresh;
mod refresh_token;

pub(crate) use cache::SessionCache;
pub use collections::{Session, SignInMethod};
pub(crate) use refresh::invalid as refresh_token_invalid;
pub use refresh::{Refreshed, refresh};
pub use refresh_token::RefreshToken;

use base::{ClientAddress, Error, ErrorCode, Id, Result, Timestamp, limit};
use serde_json::json;
use store::{Batch, Collection, CommitError, Declaration, Entity, TenantData, TenantStore};

use crate::activities::{SystemActivity, record_of_session};
use crate::key_ring::KeyRing;
use crate::tenants::{Application, show_application};
use crate::user_log::{UserEvent, tell};
use crate::users::User;
use crate::validation::{self, ValidationErrors};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Session::DECLARATION];

/// Device of a session, as the client describes it.
#[derive(Clone, Debug, Default)]
pub struct SessionDevice {
    /// Device id, sent when the client connects.
    pub device_id: Option<String>,
    /// Display name.
    pub name: Option<String>,
}

impl SessionDevice {
    /// Validates the texts.
    ///
    /// # Errors
    /// 400 with the invalid fields.
    pub(crate) fn validated(self) -> Result<Self> {
        let mut errors = ValidationErrors::default();
        if let Some(device_id) = &self.device_id {
            errors.add(validation::device_id("/device/device_id", device_id))?;
        }
        if let Some(name) = &self.name {
            errors.add(validation::name("/device/name", name))?;
        }
        errors.finish()?;
        Ok(self)
    }
}

/// A session to begin.
#[derive(Debug)]
pub(crate) struct NewSession<'a> {
    pub(crate) application: &'a Entity<Application>,
    pub(crate) user: &'a Entity<User>,
    pub(crate) method: SignInMethod,
    pub(crate) device: SessionDevice,
    pub(crate) address: ClientAddress,
    pub(crate) user_agent: Option<String>,
}

/// Adds a session to the batch of its sign-in, with the activity `login`. Returns it with its first
/// refresh token.
pub(crate) fn begin(
    batch: &mut Batch<TenantData>,
    key_ring: &KeyRing,
    id: Id<Session>,
    new: NewSession<'_>,
) -> (Entity<Session>, RefreshToken) {
    let NewSession {
        application,
        user,
        method,
        device,
        address,
        user_agent,
    } = new;
    let now = batch.now();
    let token = RefreshToken::new(key_ring, application.id, id, 1);
    let before = user
        .tokens_revoked_before
        .max(application.tokens_revoked_before);
    let session = Session {
        user_id: user.id,
        application_id: application.id,
        device_id: device.device_id,
        name: device.name,
        address: address.ip().map(|ip| ip.to_string()),
        user_agent,
        method,
        generation: 1,
        token_hash: token.hash(),
        previous_hash: None,
        rotated_at: now,
        user_generation: user.token_generation.unwrap_or(0),
        session_generation: user.session_generation.unwrap_or(0),
        application_generation: application.token_generation.unwrap_or(0),
        revoked_before: before.unwrap_or(Timestamp::EPOCH),
        signed_in_at: now,
        last_used_at: now,
        expires_at: idle_end(now, now),
    };
    let session = batch.insert_as(id, session);
    let data = json!({"method": method.as_str()});
    record(batch, &session, SystemActivity::Login, &data);
    (session, token)
}

/// Returns the end of a session that is used now: after the idle time, at the latest after the
/// absolute lifetime.
fn idle_end(signed_in_at: Timestamp, now: Timestamp) -> Timestamp {
    let idle = now.plus_millis(limit::signed(limit::SESSION_IDLE_SECONDS) * 1_000);
    let absolute = signed_in_at.plus_millis(limit::signed(limit::SESSION_SECONDS) * 1_000);
    idle.min(absolute)
}

impl Session {
    /// Returns whether neither the user's nor the application's tokens were revoked since the
    /// sign-in, and the user was not deactivated.
    pub(crate) fn is_current(&self, user: &User, application: &Application) -> bool {
        let before = user
            .tokens_revoked_before
            .max(application.tokens_revoked_before);
        let is_revoked =
            before.is_some_and(|before| before > self.revoked_before && self.signed_in_at < before);
        !is_revoked
            && self.user_generation == user.token_generation.unwrap_or(0)
            && self.session_generation == user.session_generation.unwrap_or(0)
            && self.application_generation == application.token_generation.unwrap_or(0)
    }
}

/// Lists the sessions of a user, the oldest first; at most [`limit::USER_SESSIONS`] and those of
/// concurrent sign-ins.
///
/// # Errors
/// 503 if the store is unavailable.
pub(crate) async fn list(tenant: &TenantStore, user: Id<User>) -> Result<Vec<Entity<Session>>> {
    let query = Session::by_user
        .eq(Session::user_id, user)
        .limit(2 * limit::USER_SESSIONS);
    Ok(tenant.list(query).await?.items)
}

/// Lists the sessions of a user that have not ended by a revocation of tokens or a deactivation, the
/// oldest first.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_current(tenant: &TenantStore, user: Id<User>) -> Result<Vec<Entity<Session>>> {
    let Some(user) = tenant.get(user).await? else {
        return Ok(Vec::new());
    };
    let mut sessions = list(tenant, user.id).await?;
    sessions.retain(|session| {
        session.session_generation == user.session_generation.unwrap_or(0)
            && session.user_generation == user.token_generation.unwrap_or(0)
    });
    Ok(sessions)
}

/// Ends a session of a user. Its connections are closed on all nodes.
///
/// # Errors
/// 404 `session_not_found`.
pub async fn end(tenant: &TenantStore, user: Id<User>, id: Id<Session>) -> Result<()> {
    let session = tenant
        .get(id)
        .await?
        .filter(|session| session.user_id == user)
        .ok_or_else(session_not_found)?;
    let mut batch = tenant.batch();
    end_in(&mut batch, &session, SessionEnd::Revoked);
    match tenant.commit(batch).await {
        Err(CommitError::PreconditionFailed { .. }) => Err(session_not_found()),
        committed => Ok(committed?),
    }
}

/// Ends all sessions of a user except one. Returns their number.
///
/// # Errors
/// 503 if the store is unavailable; some sessions may have ended.
pub async fn end_others(
    tenant: &TenantStore,
    user: Id<User>,
    kept: Option<Id<Session>>,
) -> Result<usize> {
    let sessions = list(tenant, user).await?;
    let others: Vec<_> = sessions
        .iter()
        .filter(|session| Some(session.id) != kept)
        .collect();
    let mut ended = 0;
    for session in others {
        let mut batch = tenant.batch();
        end_in(&mut batch, session, SessionEnd::Revoked);
        match tenant.commit(batch).await {
            Ok(()) => ended += 1,
            // It ended concurrently.
            Err(CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Ok(ended)
}

/// Adds the end of a user's sessions on a device to the batch that removes the device.
///
/// # Errors
/// 503 if the store is unavailable.
pub(crate) async fn end_of_device(
    tenant: &TenantStore,
    batch: &mut Batch<TenantData>,
    user: Id<User>,
    device_id: &str,
) -> Result<()> {
    for session in list(tenant, user).await? {
        if session.device_id.as_deref() == Some(device_id) {
            end_in(batch, &session, SessionEnd::DeviceRemoved);
        }
    }
    Ok(())
}

/// Why a session ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SessionEnd {
    /// The user signed out.
    SignedOut,
    /// The user or a server ended it.
    Revoked,
    /// Its device was removed.
    DeviceRemoved,
    /// Another sign-in on the same device replaced it, or the user has too many sessions.
    Replaced,
    /// A refresh token was used twice.
    TokenReused,
}

impl SessionEnd {
    const fn as_str(self) -> &'static str {
        match self {
            Self::SignedOut => "signed_out",
            Self::Revoked => "revoked",
            Self::DeviceRemoved => "device_removed",
            Self::Replaced => "replaced",
            Self::TokenReused => "token_reused",
        }
    }
}

/// Adds the end of a session to a batch, which fails if the session ended concurrently. Its
/// connections are closed by the event in the user's log.
pub(crate) fn end_in(batch: &mut Batch<TenantData>, session: &Entity<Session>, why: SessionEnd) {
    batch.remove(session.id, true);
    let data = json!({"reason": why.as_str()});
    record(batch, session, SystemActivity::Logout, &data);
    let session_id = session.id.object_id();
    tell(
        batch,
        session.user_id,
        UserEvent::SessionEnded { session_id },
    );
}

fn record(
    batch: &mut Batch<TenantData>,
    session: &Entity<Session>,
    what: SystemActivity,
    data: &serde_json::Value,
) {
    let app = show_application(session.application_id);
    let id = session.id.to_string();
    record_of_session(batch, session.user_id, what, &id, &app, data);
}

/// Signs out: ends the session of a token.
///
/// # Errors
/// 404 `session_not_found`.
pub async fn sign_out(tenant: &TenantStore, user: Id<User>, id: Id<Session>) -> Result<()> {
    let session = tenant.get(id).await?;
    let session = session.filter(|session| session.user_id == user);
    let session = session.ok_or_else(session_not_found)?;
    let mut batch = tenant.batch();
    end_in(&mut batch, &session, SessionEnd::SignedOut);
    match tenant.commit(batch).await {
        Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        committed => Ok(committed?),
    }
}

fn session_not_found() -> Error {
    Error::new(ErrorCode::SessionNotFound, "There is no such session.")
}
