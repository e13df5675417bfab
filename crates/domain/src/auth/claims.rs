use std::cmp::Ordering;

use base::{Error, ErrorCode, ExternalId, Id, IdOrExternalId, Result, Timestamp, limit};
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use crate::sessions::Session;
use crate::tenants::Application;
use crate::users::{User, UserSummary};

/// Maximum value of a time claim: the end of the year 9999, in seconds.
const LAST_SECOND: f64 = 253_402_300_799.0;

/// Claims of a user token. Other claims are ignored.
#[derive(Clone, Debug)]
pub struct Claims {
    /// Issue time, in milliseconds.
    iat: i64,
    /// Expiry, in milliseconds.
    exp: i64,
    /// Start of validity, in milliseconds.
    nbf: Option<i64>,
    /// Subject of the token.
    user: IdOrExternalId<User>,
    /// State of revocations when this server minted the token; absent if the tenant signed it.
    minted: Option<Minted>,
    /// Session of a token that a sign-in created.
    session: Option<Id<Session>>,
}

/// State of a user's and an application's revocations when a token was minted for them. Tokens
/// contain it as the claim [`Minted::CLAIM`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Minted {
    /// Token generation of the user.
    user: i64,
    /// Token generation of the application.
    application: i64,
    /// The later of both revocation times, in milliseconds.
    revoked_before: i64,
}

impl Minted {
    /// Name of the claim.
    pub(super) const CLAIM: &str = "caas_generation";

    /// Returns the state at the sign-in of a session.
    pub(super) fn of_session(session: &Session) -> Self {
        Self {
            user: session.user_generation,
            application: session.application_generation,
            revoked_before: session.revoked_before.millis(),
        }
    }

    /// Returns the current state.
    pub(super) fn now(user: &User, application: &Application) -> Self {
        let before = user
            .tokens_revoked_before
            .max(application.tokens_revoked_before);
        Self {
            user: user.token_generation.unwrap_or(0),
            application: application.token_generation.unwrap_or(0),
            revoked_before: before.map_or(0, Timestamp::millis),
        }
    }
}

/// Revocations of tokens of a user or an application.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Revocations {
    /// Current generation of minted tokens.
    generation: i64,
    /// Time before which issued tokens are revoked.
    before: Option<Timestamp>,
}

impl Revocations {
    /// Returns the revocations of an erased user.
    pub(super) const fn before(before: Option<Timestamp>) -> Self {
        Self {
            generation: 0,
            before,
        }
    }
}

impl From<&UserSummary> for Revocations {
    fn from(summary: &UserSummary) -> Self {
        Self {
            generation: summary.token_generation,
            before: summary.tokens_revoked_before,
        }
    }
}

impl From<&Application> for Revocations {
    fn from(application: &Application) -> Self {
        let generation = application.token_generation.unwrap_or(0);
        Self {
            generation,
            before: application.tokens_revoked_before,
        }
    }
}

/// Result of comparing a token with revocations that may be stale.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum RevocationStatus {
    /// The token is not revoked.
    Valid,
    /// The token is revoked.
    Revoked,
    /// The token was minted after the revocations were read; read them again.
    Unknown,
}

impl Claims {
    /// Parses the claims of a token with a valid signature.
    ///
    /// # Errors
    /// 401 `unauthenticated` that names the missing or malformed claim.
    pub(super) fn parse(claims: &Map<String, Value>) -> Result<Self> {
        let iat = time(claims, "iat")?.ok_or_else(|| malformed("iat", "is missing"))?;
        let exp = time(claims, "exp")?.ok_or_else(|| malformed("exp", "is missing"))?;
        let nbf = time(claims, "nbf")?;
        let external = non_null(claims, "user_id").map(external_id).transpose()?;
        let id = non_null(claims, "sub").map(id).transpose()?;
        let user = match (external, id) {
            (Some(external), None) => IdOrExternalId::External(external),
            (None, Some(id)) => IdOrExternalId::Id(id),
            _ => {
                return Err(unauthenticated(
                    "The token must contain exactly one of user_id and sub.".to_owned(),
                ));
            }
        };
        let minted = non_null(claims, Minted::CLAIM).map(Minted::deserialize);
        let minted = minted
            .transpose()
            .map_err(|_| malformed(Minted::CLAIM, "is invalid"))?;
        // Tenants may use a claim of this name in tokens that they sign.
        let session = non_null(claims, "sid").filter(|_| minted.is_some());
        let session = session.map(|value| {
            let id = value.as_str().and_then(|text| text.parse().ok());
            id.ok_or_else(|| malformed("sid", "must be a session id"))
        });
        let session = session.transpose()?;
        Ok(Self {
            iat,
            exp,
            nbf,
            user,
            minted,
            session,
        })
    }

    /// Returns the session of the token, if a sign-in created it.
    #[must_use]
    pub const fn session(&self) -> Option<Id<Session>> {
        self.session
    }

    /// Returns the subject of the token.
    pub(super) const fn user(&self) -> &IdOrExternalId<User> {
        &self.user
    }

    /// Returns the token's expiry.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.exp)
    }

    /// Checks the token's times against the clock and the maximum lifetime in seconds.
    ///
    /// # Errors
    /// 401 `unauthenticated`, or `token_expired`.
    pub(super) fn check_times(&self, now: Timestamp, max_seconds: i64) -> Result<()> {
        if !(1_000..=max_seconds.saturating_mul(1_000)).contains(&(self.exp - self.iat)) {
            return Err(unauthenticated(format!(
                "The token's lifetime must be 1 to {max_seconds} seconds."
            )));
        }
        let latest = now.millis() + skew();
        if self.iat > latest || self.nbf.is_some_and(|begin| begin > latest) {
            let message = "The token is not valid yet; check the issuer's clock.";
            return Err(unauthenticated(message.to_owned()));
        }
        if self.expires_at() <= now {
            return Err(Error::new(
                ErrorCode::TokenExpired,
                "The token has expired.",
            ));
        }
        Ok(())
    }

    /// Compares the token with its user's revocations.
    pub(super) fn of_user(&self, revoked: Revocations) -> RevocationStatus {
        self.status(|minted| minted.user, revoked)
    }

    /// Compares the token with its application's revocations.
    pub(super) fn of_application(&self, revoked: Revocations) -> RevocationStatus {
        self.status(|minted| minted.application, revoked)
    }

    /// Compares a token with revocations. A minted token is compared by its generation,
    /// independently of clocks. A token signed by a tenant is compared by time: the tenant's clock
    /// may be ahead, so that a token issued before a revocation may have a later time.
    fn status(&self, own: fn(&Minted) -> i64, revoked: Revocations) -> RevocationStatus {
        let Revocations { generation, before } = revoked;
        let Some(minted) = &self.minted else {
            let is_early = before.is_some_and(|before| self.iat <= before.millis() + skew());
            return if is_early {
                RevocationStatus::Revoked
            } else {
                RevocationStatus::Valid
            };
        };
        match own(minted).cmp(&generation) {
            Ordering::Less => RevocationStatus::Revoked,
            Ordering::Greater => RevocationStatus::Unknown,
            Ordering::Equal => {
                let later = before
                    .map(Timestamp::millis)
                    .filter(|before| *before > minted.revoked_before);
                if later.is_some_and(|before| self.iat < before) {
                    RevocationStatus::Revoked
                } else {
                    RevocationStatus::Valid
                }
            }
        }
    }
}

fn skew() -> i64 {
    limit::signed(limit::CLOCK_SKEW_SECONDS) * 1_000
}

/// Returns the value of a claim; null counts as absent.
fn non_null<'a>(claims: &'a Map<String, Value>, name: &str) -> Option<&'a Value> {
    claims.get(name).filter(|value| !value.is_null())
}

/// Parses a `NumericDate`, in seconds with an optional fraction, into milliseconds.
fn time(claims: &Map<String, Value>, name: &'static str) -> Result<Option<i64>> {
    let Some(value) = non_null(claims, name) else {
        return Ok(None);
    };
    let seconds = value
        .as_f64()
        .filter(|seconds| (0.0..=LAST_SECOND).contains(seconds));
    let seconds =
        seconds.ok_or_else(|| malformed(name, "must be a number of seconds since 1970"))?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "the range was checked above"
    )]
    let millis = (seconds * 1_000.0).floor() as i64;
    Ok(Some(millis))
}

fn external_id(value: &Value) -> Result<ExternalId> {
    let external = value.as_str().and_then(|text| text.parse().ok());
    external.ok_or_else(|| {
        malformed(
            "user_id",
            "must be an external id: 1 to 128 of A-Z a-z 0-9 _ . @ : | + = -",
        )
    })
}

fn id(value: &Value) -> Result<Id<User>> {
    let id = value.as_str().and_then(|text| text.parse().ok());
    id.ok_or_else(|| malformed("sub", "must be a user id of 24 hexadecimal digits"))
}

fn malformed(name: &str, wrong: &str) -> Error {
    unauthenticated(format!("The token's claim {name} {wrong}."))
}

fn unauthenticated(message: String) -> Error {
    Error::new(ErrorCode::Unauthenticated, message)
}
