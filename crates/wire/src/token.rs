use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::{UserId, schema};

/// Asks for a user token.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Seconds until the token ends: at most a day, which is also the default.
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 1, maximum = 86400)]
    pub expires_in: Option<i64>,
}

/// A user token, for the client of this user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Token {
    /// The token, sent as `Authorization: Bearer`.
    pub token: String,
    /// Whose token it is.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// When it ends.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
}

/// Revokes tokens by the time at which they were issued.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRevocation {
    /// Tokens issued before this moment are revoked; without it, all issued until now.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub before: Option<Timestamp>,
}

/// The result of a revocation.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TokensRevoked {
    /// Tokens that the tenant's own server signs are accepted again if their `iat` is this second or later. Tokens
    /// minted by this server after the revocation are accepted at once.
    #[schema(value_type = schema::Timestamp)]
    pub usable_from: Timestamp,
}
