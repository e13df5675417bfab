use base::{Code, ExternalId, Failure, Id, Named, Result, Timestamp};

use super::unauthenticated;
use crate::users::User;

/// What a user token says. Other claims are the issuer's business.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize, serde::Deserialize)]
pub struct Claims {
    /// When it was issued, in seconds.
    pub(in crate::platform) iat: i64,
    /// When it ends, in seconds.
    pub(in crate::platform) exp: i64,
    /// When it begins, in seconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::platform) nbf: Option<i64>,
    /// The user by the tenant's own id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::platform) user_id: Option<ExternalId>,
    /// The user by our id.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::platform) sub: Option<Id<User>>,
}

impl Claims {
    /// The user the token is for.
    pub(super) fn user(&self) -> Result<Named<User>> {
        match (&self.user_id, self.sub) {
            (Some(external), None) => Ok(Named::External(external.clone())),
            (None, Some(id)) => Ok(Named::Id(id)),
            _ => Err(unauthenticated("The token must hold exactly one of user_id and sub.")),
        }
    }

    /// When the token ends.
    #[must_use]
    pub const fn expires_at(&self) -> Timestamp {
        Timestamp::from_millis(self.exp.saturating_mul(1_000))
    }

    /// Refuses a token that was issued before the moment.
    pub(super) fn check_not_revoked(&self, before: Option<Timestamp>) -> Result<()> {
        let issued = Timestamp::from_millis(self.iat.saturating_mul(1_000));
        if before.is_some_and(|before| issued < before) {
            return Err(Failure::new(Code::Revoked, "The token was revoked; ask your server for a new one."));
        }
        Ok(())
    }
}
