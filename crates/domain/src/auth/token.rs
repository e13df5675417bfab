use std::sync::Arc;

use base::{ClientAddress, Error, ErrorCode, Id, IdOrExternalId, Result, Timestamp, limit};
use jsonwebtoken::{
    Algorithm, DecodingKey, EncodingKey, Header, Validation, decode, decode_header, encode,
};
use quick_cache::sync::Cache;
use serde_json::{Map, Value, json};
use sha2::{Digest, Sha256};
use store::{Entity, PlatformStore, TenantStore};

use super::claims::{Minted, RevocationStatus, Revocations};
use super::presented::Kind;
use super::{AuthContext, Authenticator, Claims, Presented, unauthenticated};
use crate::activities::{SystemActivity, record_in};
use crate::key_ring::KeyRing;
use crate::sessions::Session;
use crate::tenants::{Application, OpenSecret, get_application, show_application, signing_secret};
use crate::users::{self, User, UserSummary};

/// Tokens whose signature was verified, by their hash. Expiry and revocation are checked on every
/// use.
#[derive(Debug)]
pub(super) struct Tokens(Cache<[u8; 32], Arc<Verified>>);

#[derive(Debug)]
pub(super) struct Verified {
    pub(super) application: Id<Application>,
    pub(super) secret_version: u32,
    pub(super) claims: Claims,
}

impl Tokens {
    pub(super) fn new() -> Self {
        Self(Cache::new(limit::REMEMBERED_TOKENS))
    }
}

impl Authenticator {
    /// Verifies a user token: its signature, its times, and that its application did not revoke it.
    ///
    /// # Errors
    /// 401 `unauthenticated` if the token is malformed or its signature invalid, 401
    /// `token_expired` or `credential_revoked`, 403 `tenant_suspended`.
    pub async fn present_token(&self, text: &str) -> Result<Presented<'_>> {
        let verified = self.verified(text).await?;
        let application = self
            .unrevoked_application(verified.application, &verified.claims)
            .await?;
        let tenant = self.open(application.tenant_id).await?;
        check_times(
            &application,
            verified.secret_version,
            &verified.claims,
            self.inner.store.context().now(),
        )?;
        Ok(Presented {
            authenticator: self,
            tenant,
            application,
            kind: Kind::Token(verified),
        })
    }

    /// Returns the context of a user token, for a request that was already counted. The first valid
    /// token of an unknown external id creates the user, unless the tenant's settings forbid it.
    ///
    /// # Errors
    /// See [`Self::present_token`] and [`Presented::admit`].
    pub async fn authenticate_token(
        &self,
        text: &str,
        origin: Option<&str>,
    ) -> Result<AuthContext> {
        self.authenticate_token_at(text, origin, ClientAddress::UNKNOWN)
            .await
    }

    /// As [`Self::authenticate_token`], for a client with this address.
    ///
    /// # Errors
    /// As [`Self::authenticate_token`].
    pub async fn authenticate_token_at(
        &self,
        text: &str,
        origin: Option<&str>,
        client: ClientAddress,
    ) -> Result<AuthContext> {
        self.present_token(text)
            .await?
            .authenticate(origin, client, &mut |_| Ok(()))
            .await
    }

    /// Returns the claims of a token after verifying its signature.
    async fn verified(&self, text: &str) -> Result<Arc<Verified>> {
        let malformed =
            || unauthenticated("The user token is malformed or has an invalid signature.");
        if text.len() > limit::USER_TOKEN_BYTES {
            return Err(malformed());
        }
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some(verified) = self.inner.tokens.0.get(&hash) {
            return Ok(verified);
        }
        let header = decode_header(text).map_err(|_| malformed())?;
        let key_id = header.kid.as_deref().and_then(signing_secret::parse_key_id);
        let (application, secret_version) = key_id.ok_or_else(malformed)?;
        let found = self.application(application).await?;
        let now = self.inner.store.context().now();
        let secret = signing_secret::accepted(&self.inner.key_ring, &found, secret_version, now)?
            .ok_or_else(malformed)?;
        let claims = Claims::parse(&signed_claims(text, secret.as_bytes()).ok_or_else(malformed)?)?;
        let verified = Arc::new(Verified {
            application,
            secret_version,
            claims,
        });
        self.inner.tokens.0.insert(hash, Arc::clone(&verified));
        Ok(verified)
    }

    /// Returns the application of a token, if it has not revoked the token.
    pub(super) async fn unrevoked_application(
        &self,
        id: Id<Application>,
        claims: &Claims,
    ) -> Result<Arc<Entity<Application>>> {
        let application = self.application(id).await?;
        let status = |application: &Entity<Application>| {
            claims.of_application(Revocations::from(&**application))
        };
        let application = match status(&application) {
            RevocationStatus::Unknown => self
                .inner
                .credentials
                .read_application(id)
                .await?
                .ok_or_else(revoked)?,
            RevocationStatus::Valid | RevocationStatus::Revoked => application,
        };
        if status(&application) == RevocationStatus::Valid {
            Ok(application)
        } else {
            Err(revoked())
        }
    }

    /// Returns the user of a token, if the token is not revoked for them.
    pub(super) async fn unrevoked_user(
        &self,
        tenant: &TenantStore,
        summary: Arc<UserSummary>,
        claims: &Claims,
    ) -> Result<Arc<UserSummary>> {
        let status = |summary: &UserSummary| claims.of_user(Revocations::from(summary));
        let summary = match status(&summary) {
            RevocationStatus::Unknown => self
                .inner
                .user_cache
                .read(tenant, summary.id)
                .await?
                .ok_or_else(revoked)?,
            RevocationStatus::Valid | RevocationStatus::Revoked => summary,
        };
        if status(&summary) != RevocationStatus::Valid {
            return Err(revoked());
        }
        match claims.session() {
            Some(session) => self.of_session(tenant, summary, session).await,
            None => Ok(summary),
        }
    }

    /// Returns the user of a session that has not ended.
    async fn of_session(
        &self,
        tenant: &TenantStore,
        summary: Arc<UserSummary>,
        session: Id<Session>,
    ) -> Result<Arc<UserSummary>> {
        let ended = || {
            let message = "The session has ended; sign in again.";
            Error::new(ErrorCode::Revoked, message)
        };
        let session = self.inner.sessions.get(tenant, session).await?;
        let session = session.ok_or_else(ended)?;
        if session.user_id != summary.id {
            return Err(ended());
        }
        // The session began after the user was cached.
        let summary = if session.session_generation > summary.session_generation {
            let user = self.inner.user_cache.read(tenant, summary.id).await?;
            user.ok_or_else(ended)?
        } else {
            summary
        };
        if session.session_generation == summary.session_generation {
            Ok(summary)
        } else {
            Err(ended())
        }
    }
}

/// Returns the error for a revoked token.
pub(super) fn revoked() -> Error {
    Error::new(
        ErrorCode::Revoked,
        "The token was revoked; request a new one from your server.",
    )
}

/// Returns the claims of a token signed by this secret with HS256, the only supported algorithm.
fn signed_claims(text: &str, secret: &[u8]) -> Option<Map<String, Value>> {
    let mut rules = Validation::new(Algorithm::HS256);
    // Times are checked against the injected clock, on every use.
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    let decoded = decode::<Map<String, Value>>(text, &DecodingKey::from_secret(secret), &rules);
    decoded.ok().map(|token| token.claims)
}

/// Rejects a token that is not valid yet or expired, or whose secret was replaced.
pub(super) fn check_times(
    application: &Entity<Application>,
    secret_version: u32,
    claims: &Claims,
    now: Timestamp,
) -> Result<()> {
    let max_seconds = application
        .settings
        .0
        .token_seconds
        .min(limit::signed(limit::USER_TOKEN_SECONDS));
    claims.check_times(now, max_seconds)?;
    let secret = application
        .secrets
        .0
        .iter()
        .find(|secret| secret.version == secret_version);
    if secret.is_some_and(|secret| signing_secret::is_accepted(secret, now)) {
        return Ok(());
    }
    Err(Error::new(
        ErrorCode::Revoked,
        "The secret that signed the token was replaced.",
    ))
}

/// A minted user token.
#[derive(Clone)]
pub struct MintedToken {
    /// Token for the user's client.
    pub token: String,
    /// Subject of the token.
    pub user: Id<User>,
    /// Expiry of the token.
    pub expires_at: Timestamp,
}

impl std::fmt::Debug for MintedToken {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "MintedToken({}, until {})", self.user, self.expires_at)
    }
}

/// Mints a token for a user. Its lifetime is `seconds`, by default the maximum of the application.
///
/// The token names the user by id and contains the token generations of user and application. The
/// application is read from the store, so that a token minted after a revocation is accepted on
/// every node.
///
/// # Errors
/// 404 `user_not_found`, 403 `user_deactivated`, 400 if the lifetime exceeds the application's
/// maximum.
pub async fn mint_token(
    tenant: &TenantStore,
    platform: &PlatformStore,
    key_ring: &KeyRing,
    application: Id<Application>,
    named: &IdOrExternalId<User>,
    seconds: Option<i64>,
) -> Result<MintedToken> {
    let application = &get_application(platform, application).await?;
    let max_seconds = application
        .settings
        .0
        .token_seconds
        .min(limit::signed(limit::USER_TOKEN_SECONDS));
    let seconds = seconds.unwrap_or(max_seconds);
    if !(1..=max_seconds).contains(&seconds) {
        return Err(Error::invalid(
            "/expires_in",
            format!("must be 1 to {max_seconds}"),
        ));
    }
    let user = users::resolve(tenant, named).await?;
    if !user.is_active {
        return Err(super::deactivated());
    }
    let issued = tenant.context().now().seconds();
    let ends = issued + seconds;
    let claims = json!({"iat": issued, "exp": ends, "sub": user.id, Minted::CLAIM: Minted::now(&user, application)});
    let token = sign(key_ring, application, &claims)?;
    let minted = MintedToken {
        token,
        user: user.id,
        expires_at: Timestamp::from_millis(ends * 1_000),
    };
    let app = show_application(application.id);
    let data = json!({"expires_at": minted.expires_at});
    let mut batch = tenant.batch();
    record_in(
        &mut batch,
        Some(minted.user),
        SystemActivity::TokenIssued,
        Some(&app),
        &data,
    );
    tenant.commit(batch).await?;
    Ok(minted)
}

/// Mints an access token of a session, valid for [`limit::ACCESS_TOKEN_SECONDS`] or the shorter
/// maximum of the application. Returns it with its expiry.
///
/// # Errors
/// 500 if the signing secret was encrypted under another master key.
pub(crate) fn mint_session_token(
    key_ring: &KeyRing,
    application: &Entity<Application>,
    session: &Entity<Session>,
    now: Timestamp,
) -> Result<(String, Timestamp)> {
    let longest = application.settings.0.token_seconds;
    let seconds = limit::signed(limit::ACCESS_TOKEN_SECONDS).min(longest);
    let issued = now.seconds();
    let ends = issued + seconds;
    let minted = Minted::of_session(session);
    let claims = json!({
        "iat": issued, "exp": ends, "sub": session.user_id, "sid": session.id,
        Minted::CLAIM: minted,
    });
    let token = sign(key_ring, application, &claims)?;
    Ok((token, Timestamp::from_millis(ends * 1_000)))
}

/// Signs claims with the newest secret of the application.
fn sign(key_ring: &KeyRing, application: &Entity<Application>, claims: &Value) -> Result<String> {
    let OpenSecret { key_id, secret } = signing_secret(key_ring, application)?;
    let header = Header {
        kid: Some(key_id),
        ..Header::new(Algorithm::HS256)
    };
    let key = EncodingKey::from_secret(secret.as_bytes());
    encode(&header, claims, &key).map_err(Error::internal)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::users::deactivate;
    use crate::world::{World, ext, person};

    #[tokio::test]
    async fn token_is_minted_for_an_active_user_and_at_most_a_day() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let ada = person(&acme.tenant, "ada").await;
        let name = ext("ada");
        let platform = world.store.platform();
        let mint = |seconds| {
            mint_token(
                &acme.tenant,
                &platform,
                &world.key_ring,
                acme.application.id,
                &name,
                seconds,
            )
        };
        let minted = mint(Some(60)).await.unwrap();
        let now = world.store.context().now();
        assert_eq!(
            (minted.user, minted.expires_at),
            (ada, Timestamp::from_millis((now.seconds() + 60) * 1_000))
        );
        for seconds in [0, -1, limit::signed(limit::USER_TOKEN_SECONDS) + 1] {
            assert_eq!(
                mint(Some(seconds)).await.unwrap_err().faults[0].pointer,
                "/expires_in"
            );
        }
        deactivate(&acme.tenant, &ext("ada")).await.unwrap();
        assert_eq!(
            mint(None).await.unwrap_err().code,
            ErrorCode::UserDeactivated
        );
    }
}
