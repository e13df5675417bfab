use crate::non_null::non_null;
use crate::schema;
use base::Timestamp;
use domain::retention::Rule;
use domain::retention::Wanted;
use serde::Deserialize;
use serde::Serialize;
use store::Entity;
use utoipa::ToSchema;

/// Message retention and legal hold.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Retention {
    /// Days after which message content is removed; absent if it is kept.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub days: Option<i64>,
    /// Whether a legal hold prevents retention and erasure.
    pub legal_hold: bool,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
}

/// Retention to set; replaces the previous one.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewRetention {
    /// Days after which message content is removed; kept if absent. Not allowed for a user.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(minimum = 1, maximum = 36_500, nullable = false)]
    pub days: Option<i64>,
    /// Whether a legal hold prevents retention and erasure; defaults to false.
    #[serde(default)]
    pub legal_hold: bool,
}

impl Retention {
    /// Converts a stored rule.
    #[must_use]
    pub fn of(rule: &Entity<Rule>) -> Self {
        Self {
            days: rule.days,
            legal_hold: rule.legal_hold,
            updated_at: rule.updated_at,
        }
    }
}

impl From<NewRetention> for Wanted {
    fn from(new: NewRetention) -> Self {
        Self {
            days: new.days,
            legal_hold: new.legal_hold,
        }
    }
}
