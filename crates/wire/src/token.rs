use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::non_null::non_null;
use crate::{UserId, schema};

/// A user token to create.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewToken {
    /// Lifetime in seconds: at most a day, which is the default.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(minimum = 1, maximum = 86400)]
    pub expires_in: Option<i64>,
}

/// A user token for the user's client.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Token {
    /// The token, for the header `Authorization: Bearer`.
    pub token: String,
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// Expiration time.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
}

/// Tokens to revoke, by the time at which they were issued.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct TokenRevocation {
    /// Tokens issued before this time are revoked; defaults to now.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub before: Option<Timestamp>,
}

/// Result of a revocation.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct TokensRevoked {
    /// Tokens signed by the tenant's own server are accepted again if their `iat` is at or after
    /// this second. Tokens created by this server after the revocation are accepted at once.
    #[schema(value_type = schema::Timestamp)]
    pub usable_from: Timestamp,
}
