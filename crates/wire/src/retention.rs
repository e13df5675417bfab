use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::schema;

/// How long messages are kept, and whether a legal hold keeps them longer.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Retention {
    /// Days after which messages are wiped; absent when they never are.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Whether nothing may be wiped or erased.
    pub legal_hold: bool,
    /// When it was set last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
}

/// Sets a retention as a whole.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRetention {
    /// Days after which messages are wiped; never when absent. Not for a user.
    #[serde(default, deserialize_with = "given")]
    #[schema(minimum = 1, maximum = 36_500, nullable = false)]
    pub days: Option<i64>,
    /// Whether nothing may be wiped or erased; not when absent.
    #[serde(default)]
    pub legal_hold: bool,
}
