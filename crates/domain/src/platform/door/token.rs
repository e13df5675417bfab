use std::sync::Arc;

use base::{Code, Failure, Id, Named, Result, Timestamp, limit};
use jsonwebtoken::{Algorithm, DecodingKey, Validation, decode, decode_header};
use quick_cache::sync::Cache;
use sha2::{Digest, Sha256};
use store::{Entity, Tenant};

use super::{Caller, Claims, Credential, Door, check_active, unauthenticated};
use crate::Actor;
use crate::platform::{Application, signing_secret};
use crate::settings;
use crate::users::{self, Card, NewUser, UserChanges};

/// Tokens whose signature was found right, by their hash. Whether they may
/// still be used is asked each time.
#[derive(Debug)]
pub(super) struct Tokens(Cache<[u8; 32], Arc<Verified>>);

#[derive(Debug)]
struct Verified {
    application: Id<Application>,
    secret_version: u32,
    claims: Claims,
}

impl Tokens {
    pub(super) fn new() -> Self {
        Self(Cache::new(limit::REMEMBERED_TOKENS))
    }
}

impl Door {
    /// Who shows this user token. The first valid token for an unknown
    /// external id creates the user, unless the tenant's settings say otherwise.
    ///
    /// # Errors
    /// 401 `unauthenticated` for a token that is not of an application here or
    /// not well formed, 401 `token_expired` or `credential_revoked` for one
    /// that was good, 403 `tenant_suspended` or `user_deactivated`.
    pub async fn authenticate_token(&self, text: &str) -> Result<Caller> {
        let verified = self.verified(text).await?;
        let application = self.application(verified.application).await?;
        let tenant = self.open(application.tenant_id).await?;
        let Verified { secret_version, claims, .. } = &*verified;
        check_times(&application, *secret_version, claims, self.0.store.context().now())?;
        let card = self.bearer(&tenant, claims).await?;
        check_active(&card)?;
        claims.check_not_revoked(card.tokens_revoked_before)?;
        let credential = Credential::UserToken { secret_version: *secret_version, claims: claims.clone() };
        Ok(Caller { tenant, application, actor: Actor::User(card.id), credential })
    }

    /// The token's claims, once its signature is right.
    async fn verified(&self, text: &str) -> Result<Arc<Verified>> {
        let malformed = || unauthenticated("The user token is not one of an application here.");
        if text.len() > limit::USER_TOKEN_BYTES {
            return Err(malformed());
        }
        let hash: [u8; 32] = Sha256::digest(text.as_bytes()).into();
        if let Some(verified) = self.0.tokens.0.get(&hash) {
            return Ok(verified);
        }
        let header = decode_header(text).map_err(|_| malformed())?;
        let key_id = header.kid.as_deref().and_then(signing_secret::parse_key_id);
        let (application, secret_version) = key_id.ok_or_else(malformed)?;
        let found = self.application(application).await?;
        let now = self.0.store.context().now();
        let secret = signing_secret::accepted(&self.0.vault, &found, secret_version, now)?.ok_or_else(malformed)?;
        let claims = checked_claims(text, secret.as_bytes()).ok_or_else(malformed)?;
        claims.user()?;
        let verified = Arc::new(Verified { application, secret_version, claims });
        self.0.tokens.0.insert(hash, Arc::clone(&verified));
        Ok(verified)
    }

    /// The user the token is for, made when allowed.
    async fn bearer(&self, tenant: &Tenant, claims: &Claims) -> Result<Arc<Card>> {
        let named = &claims.user()?;
        if let Some(card) = self.0.cards.find(tenant, named).await? {
            return Ok(card);
        }
        let unknown = || unauthenticated("The token names a user who is not there.");
        let Named::External(external_id) = named else { return Err(unknown()) };
        if !settings::get(tenant).await?.create_users {
            return Err(unknown());
        }
        let erased_at = users::erased_at(tenant, external_id).await?;
        claims.check_not_revoked(erased_at)?;
        let new = NewUser { external_id: external_id.clone(), changes: UserChanges::default() };
        users::upsert(tenant, new).await?;
        self.0.cards.find(tenant, named).await?.ok_or_else(unknown)
    }
}

/// The claims of a token that this secret signed, with the one algorithm there is.
fn checked_claims(text: &str, secret: &[u8]) -> Option<Claims> {
    let mut rules = Validation::new(Algorithm::HS256);
    // Times are checked against our own clock, and on every use.
    rules.required_spec_claims.clear();
    rules.validate_exp = false;
    rules.validate_nbf = false;
    rules.validate_aud = false;
    decode::<Claims>(text, &DecodingKey::from_secret(secret), &rules).ok().map(|token| token.claims)
}

/// Refuses a token whose time has not come or is over, or whose secret or
/// application took its promise back.
pub(super) fn check_times(
    application: &Entity<Application>,
    secret_version: u32,
    claims: &Claims,
    now: Timestamp,
) -> Result<()> {
    let longest = application.settings.0.token_seconds.min(limit::signed(limit::USER_TOKEN_SECONDS));
    let life = claims.exp.saturating_sub(claims.iat);
    if !(1..=longest).contains(&life) {
        return Err(Failure::new(Code::Unauthenticated, format!("The token must live 1 to {longest} seconds.")));
    }
    let latest = now.seconds() + limit::signed(limit::CLOCK_SKEW_SECONDS);
    if claims.iat > latest || claims.nbf.is_some_and(|begin| begin > latest) {
        return Err(unauthenticated("The token's time has not come; look at the issuer's clock."));
    }
    if claims.expires_at() <= now {
        return Err(Failure::new(Code::TokenExpired, "The user token has ended; ask your server for a new one."));
    }
    let secret = application.secrets.0.iter().find(|secret| secret.version == secret_version);
    if !secret.is_some_and(|secret| signing_secret::is_accepted(secret, now)) {
        return Err(Failure::new(Code::Revoked, "The secret that signed the token was replaced."));
    }
    claims.check_not_revoked(application.tokens_revoked_before)
}
