use base::{ClientAddress, Error, ErrorCode, Result, Timestamp, limit};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::{RefreshToken, Session, SessionEnd, end_in, idle_end};
use crate::key_ring::KeyRing;
use crate::tenants::Application;
use crate::users::User;

/// Attempts of a refresh that conflicts with concurrent ones.
const MAX_ATTEMPTS: usize = 8;

/// Result of a refresh.
#[derive(Debug)]
pub struct Refreshed {
    /// The session.
    pub session: Entity<Session>,
    /// The user of the session.
    pub user: Entity<User>,
    /// The refresh token that replaces the presented one.
    pub token: RefreshToken,
}

/// Replaces a refresh token. For [`limit::REFRESH_GRACE_MILLIS`] a repeated token gets the same
/// successor, because the response may have been lost; afterwards a repeated token ends the
/// session.
///
/// # Errors
/// 401 `refresh_token_invalid` for an unknown token or an ended session, 401 `refresh_token_reused`
/// if the token was replaced before, 403 `user_deactivated`.
pub async fn refresh(
    tenant: &TenantStore,
    key_ring: &KeyRing,
    application: &Entity<Application>,
    presented: &RefreshToken,
    address: ClientAddress,
) -> Result<Refreshed> {
    for _ in 0..MAX_ATTEMPTS {
        let session = tenant.get(presented.session).await?.ok_or_else(invalid)?;
        if session.application_id != application.id || presented.application != application.id {
            return Err(invalid());
        }
        let user = tenant.get(session.user_id).await?.ok_or_else(invalid)?;
        if !user.is_active {
            return Err(Error::new(
                ErrorCode::UserDeactivated,
                "The user is deactivated.",
            ));
        }
        if !session.is_current(&user, application) {
            return Err(invalid());
        }
        let now = tenant.context().now();
        match check(&session, presented, key_ring, now)? {
            Presented::Current => {}
            Presented::Repeated => {
                let token = presented.successor(key_ring)?;
                return Ok(Refreshed {
                    session,
                    user,
                    token,
                });
            }
            Presented::Reused => return end_family(tenant, &session).await,
        }
        let token = presented.successor(key_ring)?;
        let changes = rotation(&session, presented, &token, address, now);
        let update = Update::of(changes).expecting(Session::generation, Some(session.generation));
        let mut batch = tenant.batch();
        batch.update(session.id, update);
        match tenant.commit(batch).await {
            Ok(()) => {
                return Ok(Refreshed {
                    session,
                    user,
                    token,
                });
            }
            // A concurrent refresh was first: its successor is returned.
            Err(CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::new(ErrorCode::Unavailable, "Concurrent refreshes; retry.").retry_after_ms(100))
}

/// Relation of a presented token to its session.
enum Presented {
    /// It is the current token.
    Current,
    /// It was replaced a moment ago.
    Repeated,
    /// It was replaced before that.
    Reused,
}

fn check(
    session: &Session,
    presented: &RefreshToken,
    key_ring: &KeyRing,
    now: Timestamp,
) -> Result<Presented> {
    if presented.generation == session.generation {
        return if presented.has_hash(&session.token_hash) {
            Ok(Presented::Current)
        } else {
            Err(invalid())
        };
    }
    let is_previous = presented.generation + 1 == session.generation
        && session
            .previous_hash
            .as_deref()
            .is_some_and(|hash| presented.has_hash(hash));
    if is_previous {
        let grace = limit::signed(limit::REFRESH_GRACE_MILLIS);
        let is_repeated = now < session.rotated_at.plus_millis(grace);
        return Ok(if is_repeated {
            Presented::Repeated
        } else {
            Presented::Reused
        });
    }
    // Only a genuine token ends the session, since its id is not secret.
    if presented.generation < session.generation && presented.is_genuine(key_ring) {
        return Ok(Presented::Reused);
    }
    Err(invalid())
}

fn rotation(
    session: &Session,
    presented: &RefreshToken,
    token: &RefreshToken,
    address: ClientAddress,
    now: Timestamp,
) -> Changes<Session> {
    let address = address.ip().map(|ip| ip.to_string());
    Changes::new()
        .set(Session::generation, token.generation)
        .set(Session::token_hash, token.hash())
        .set(Session::previous_hash, presented.hash())
        .set(Session::rotated_at, now)
        .set(Session::last_used_at, now)
        .put(
            Session::address,
            address.or_else(|| session.address.clone()),
        )
        .set(Session::expires_at, idle_end(session.signed_in_at, now))
}

/// Ends the session of a token that was used twice: one of the two users of the token is not its
/// owner.
async fn end_family(tenant: &TenantStore, session: &Entity<Session>) -> Result<Refreshed> {
    tracing::warn!(session = %session.id, user = %session.user_id, "refresh token reused, session ended");
    let mut batch = tenant.batch();
    end_in(&mut batch, session, SessionEnd::TokenReused);
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Err(Error::new(
            ErrorCode::RefreshTokenReused,
            "The refresh token was used before; the session has ended. Sign in again.",
        )),
        Err(error) => Err(error.into()),
    }
}

/// Returns the error for a token that refreshes no session.
pub(crate) fn invalid() -> Error {
    Error::new(
        ErrorCode::RefreshTokenInvalid,
        "The refresh token is invalid or its session has ended; sign in again.",
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::sessions::{NewSession, SessionDevice, SignInMethod, begin};
    use crate::users::{deactivate, reactivate};
    use crate::world::{Company, World, ext, person};

    async fn session_of_ada(world: &World, acme: &Company) -> RefreshToken {
        let tenant = &acme.tenant;
        let ada = person(tenant, "ada").await;
        let user = tenant.get(ada).await.unwrap().unwrap();
        let mut batch = tenant.batch();
        let new = NewSession {
            application: &acme.application,
            user: &user,
            method: SignInMethod::Password,
            device: SessionDevice::default(),
            address: ClientAddress::UNKNOWN,
            user_agent: None,
        };
        let id = tenant.context().new_id();
        let (_, token) = begin(&mut batch, &world.key_ring, id, new);
        tenant.commit(batch).await.unwrap();
        token
    }

    async fn replace(world: &World, acme: &Company, token: &RefreshToken) -> Result<Refreshed> {
        let tenant: &TenantStore = &acme.tenant;
        let application = world.application(acme).await;
        let client = ClientAddress::UNKNOWN;
        refresh(tenant, &world.key_ring, &application, token, client).await
    }

    #[tokio::test]
    async fn replaced_token_is_accepted_for_ten_seconds() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let first = session_of_ada(&world, &acme).await;
        let second = replace(&world, &acme, &first).await.unwrap().token;
        world
            .clock
            .advance(limit::signed(limit::REFRESH_GRACE_MILLIS) - 1);
        for _ in 0..3 {
            let repeated = replace(&world, &acme, &first).await.unwrap().token;
            assert_eq!(repeated.text(), second.text());
        }
        world.clock.advance(1);
        let reused = replace(&world, &acme, &first).await.unwrap_err();
        assert_eq!(reused.code, ErrorCode::RefreshTokenReused);
        let ended = replace(&world, &acme, &second).await.unwrap_err();
        assert_eq!(ended.code, ErrorCode::RefreshTokenInvalid);
    }

    #[tokio::test]
    async fn session_ends_after_its_idle_time_and_its_lifetime() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let mut token = session_of_ada(&world, &acme).await;
        let almost_idle = limit::signed(limit::SESSION_IDLE_SECONDS) * 1_000 - 1_000;
        for _ in 0..3 {
            world.clock.advance(almost_idle);
            token = replace(&world, &acme, &token).await.unwrap().token;
        }
        world.clock.advance(3_000);
        let expired = replace(&world, &acme, &token).await.unwrap_err();
        assert_eq!(expired.code, ErrorCode::RefreshTokenInvalid);
        let unused = session_of_ada(&world, &acme).await;
        world.clock.advance(almost_idle + 1_000);
        assert!(replace(&world, &acme, &unused).await.is_err());
    }

    #[tokio::test]
    async fn reactivation_does_not_restore_a_session() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let token = session_of_ada(&world, &acme).await;
        deactivate(&acme.tenant, &ext("ada")).await.unwrap();
        let failure = replace(&world, &acme, &token).await.unwrap_err();
        assert_eq!(failure.code, ErrorCode::UserDeactivated);
        reactivate(&acme.tenant, &ext("ada")).await.unwrap();
        let failure = replace(&world, &acme, &token).await.unwrap_err();
        assert_eq!(failure.code, ErrorCode::RefreshTokenInvalid);
    }

    #[tokio::test]
    async fn token_of_another_application_is_rejected() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let other = world.company("Umbrella").await;
        let token = session_of_ada(&world, &acme).await;
        let application = world.application(&other).await;
        let client = ClientAddress::UNKNOWN;
        let refreshed = refresh(&acme.tenant, &world.key_ring, &application, &token, client).await;
        assert_eq!(refreshed.unwrap_err().code, ErrorCode::RefreshTokenInvalid);
    }
}
