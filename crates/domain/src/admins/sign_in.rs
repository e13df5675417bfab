use std::net::IpAddr;

use base::{Error, ErrorCode, Id, Result, Timestamp, limit};
use store::{Changes, CommitError, Entity, PlatformStore, Update};
use zeroize::Zeroizing;

use super::account::{bound, get_admin};
use super::collections::{AdminSession, PlatformAdmin};
use super::totp;
use crate::key_ring::KeyRing;
use crate::password;
use crate::tenants::secret_text::{generate_secret, hash_of_secret, show_hash};
use crate::validation;

/// Prefix of the tokens of sessions.
pub(super) const SESSION_PREFIX: &str = "caas_as_";

/// Credentials of a sign-in.
#[derive(Debug)]
pub struct SignIn<'a> {
    /// E-mail address.
    pub email: &'a str,
    /// Password.
    pub password: &'a str,
    /// Current code of the second factor.
    pub code: &'a str,
    /// Client address.
    pub address: Option<IpAddr>,
    /// `User-Agent` header.
    pub user_agent: Option<&'a str>,
}

/// A new session.
#[derive(Debug)]
pub struct StartedSession {
    /// The admin.
    pub admin: Entity<PlatformAdmin>,
    /// The stored session.
    pub session: Entity<AdminSession>,
    /// Token of the session, to be shown once.
    pub token: Zeroizing<String>,
}

/// Signs an admin in with password and second factor. The session ends after
/// [`limit::ADMIN_SESSION_SECONDS`]; above [`limit::ADMIN_SESSIONS`] the oldest one ends.
///
/// # Errors
/// 401 `unauthenticated` if e-mail, password or code is wrong, 429 `rate_limited` after
/// [`limit::ADMIN_FAILURES`] failures in a row.
pub async fn sign_in(
    platform: &PlatformStore,
    key_ring: &KeyRing,
    given: SignIn<'_>,
) -> Result<StartedSession> {
    let key = validation::email_key(given.email);
    let query = PlatformAdmin::by_email.eq(PlatformAdmin::email_key, key);
    let admin = platform.find(query).await?;
    let Some(admin) = admin else {
        password::verify(given.password, None).await?;
        return Err(wrong());
    };
    reserve_attempt(&platform.without_companion(), &admin).await?;
    let is_right = password::verify(given.password, admin.password_hash.as_deref()).await?;
    let step = accepted_step(platform, key_ring, &admin, given.code)?;
    let Some(step) = step.filter(|_| is_right) else {
        return Err(wrong());
    };
    accept(platform, &admin, step, &given).await
}

/// Counts an attempt before its password is checked, so that concurrent attempts cannot exceed the
/// limit. A successful sign-in resets the count.
async fn reserve_attempt(platform: &PlatformStore, admin: &Entity<PlatformAdmin>) -> Result<()> {
    let now = platform.context().now();
    let mut batch = platform.batch();
    match admin.locked_until {
        Some(end) if now < end => return Err(locked(now, end)),
        // The lockout is over; its failures no longer count.
        Some(end) => {
            let changes = Changes::new()
                .set(PlatformAdmin::failures, 1)
                .clear(PlatformAdmin::locked_until);
            let update = Update::of(changes).quietly();
            batch.update(
                admin.id,
                update.expecting(PlatformAdmin::locked_until, Some(end)),
            );
        }
        None => {
            let most = limit::signed(limit::ADMIN_FAILURES);
            batch.increment(admin.id, PlatformAdmin::failures, 1, Some(most));
        }
    }
    match platform.commit(batch).await {
        Ok(()) => Ok(()),
        Err(CommitError::LimitExceeded { .. }) => lock(platform, admin.id).await,
        Err(CommitError::PreconditionFailed { .. }) => Err(wrong()),
        Err(error) => Err(error.into()),
    }
}

/// Locks an admin out and fails.
async fn lock(platform: &PlatformStore, id: Id<PlatformAdmin>) -> Result<()> {
    let mut batch = platform.batch();
    let now = batch.now();
    let end = now.plus_millis(limit::signed(limit::ADMIN_LOCK_SECONDS) * 1_000);
    let update = Update::of(Changes::new().set(PlatformAdmin::locked_until, end)).quietly();
    batch.update(id, update.expecting(PlatformAdmin::locked_until, None));
    match platform.commit(batch).await {
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Err(locked(now, end)),
        Err(error) => Err(error.into()),
    }
}

fn locked(now: Timestamp, end: Timestamp) -> Error {
    let wait = u64::try_from(end.millis() - now.millis()).unwrap_or(0);
    Error::new(
        ErrorCode::RateLimited,
        "Too many failed sign-ins; wait or use `caas admin reset`.",
    )
    .retry_after_ms(wait)
}

fn wrong() -> Error {
    Error::new(
        ErrorCode::Unauthenticated,
        "E-mail address, password or code is wrong.",
    )
}

fn accepted_step(
    platform: &PlatformStore,
    key_ring: &KeyRing,
    admin: &Entity<PlatformAdmin>,
    code: &str,
) -> Result<Option<i64>> {
    let Some(sealed) = &admin.totp_secret else {
        return Ok(None);
    };
    let secret = key_ring.open(&bound(admin.id), &sealed.0)?;
    let now = platform.context().now();
    Ok(totp::accepted_step(&secret, code, now, admin.totp_step))
}

/// Creates the session. A concurrent sign-in with the same code fails.
async fn accept(
    platform: &PlatformStore,
    admin: &Entity<PlatformAdmin>,
    step: i64,
    given: &SignIn<'_>,
) -> Result<StartedSession> {
    let sessions = stored_sessions(platform, admin.id).await?;
    let mut batch = platform.batch();
    let now = batch.now();
    let changes = Changes::new()
        .set(PlatformAdmin::totp_step, step)
        .set(PlatformAdmin::failures, 0)
        .set(PlatformAdmin::last_login_at, now);
    let once = Update::of(changes).expecting(PlatformAdmin::totp_step, admin.totp_step);
    batch.update(admin.id, once.quietly());
    let (expired, valid): (Vec<_>, Vec<_>) = sessions
        .iter()
        .partition(|session| session.expires_at <= now);
    let surplus = (valid.len() + 1).saturating_sub(limit::ADMIN_SESSIONS);
    for ended in expired.iter().chain(valid.iter().take(surplus)) {
        batch.remove(ended.id, false);
    }
    let token = generate_secret(SESSION_PREFIX, platform.context());
    let hash = hash_of_secret(SESSION_PREFIX, &token).ok_or_else(wrong)?;
    let user_agent = given.user_agent.map(|text| {
        let shown = text.chars().filter(|character| !character.is_control());
        shown.take(limit::NAME_LENGTH).collect()
    });
    let session = batch.insert(AdminSession {
        admin_id: admin.id,
        hash: show_hash(&hash),
        address: given.address.map(|address| address.to_string()),
        user_agent,
        expires_at: now.plus_millis(limit::signed(limit::ADMIN_SESSION_SECONDS) * 1_000),
    });
    match platform.commit(batch).await {
        Ok(()) => {}
        Err(CommitError::PreconditionFailed { .. }) => return Err(wrong()),
        Err(error) => return Err(error.into()),
    }
    Ok(StartedSession {
        admin: get_admin(platform, admin.id).await?,
        session,
        token,
    })
}

/// Lists the sessions of an admin that have not expired, oldest first.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_sessions(
    platform: &PlatformStore,
    admin: Id<PlatformAdmin>,
) -> Result<Vec<Entity<AdminSession>>> {
    let now = platform.context().now();
    let mut sessions = stored_sessions(platform, admin).await?;
    sessions.retain(|session| now < session.expires_at);
    Ok(sessions)
}

/// Returns the sessions of an admin, also expired ones. Their number is bounded by each sign-in.
async fn stored_sessions(
    platform: &PlatformStore,
    admin: Id<PlatformAdmin>,
) -> Result<Vec<Entity<AdminSession>>> {
    let query = AdminSession::by_admin.eq(AdminSession::admin_id, admin);
    let query = query.limit(limit::ADMIN_SESSIONS + 1);
    Ok(platform.list(query).await?.items)
}

/// Ends a session of an admin.
///
/// # Errors
/// 404 `session_not_found` if the admin has no such session.
pub async fn end_session(
    platform: &PlatformStore,
    admin: Id<PlatformAdmin>,
    id: Id<AdminSession>,
) -> Result<()> {
    let not_found = || Error::new(ErrorCode::SessionNotFound, "There is no such session.");
    let session = platform.get(id).await?.ok_or_else(not_found)?;
    if session.admin_id != admin {
        return Err(not_found());
    }
    let mut batch = platform.batch();
    batch.remove(id, false);
    Ok(platform.commit(batch).await?)
}
