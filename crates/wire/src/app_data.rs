use base::{ExternalId, Timestamp};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::given::version;
use crate::{UserId, schema};

/// A value that an app keeps for a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppDatum {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: crate::AppDatumId,
    /// Whose it is.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// The app.
    #[schema(value_type = schema::ExternalId)]
    pub app_id: ExternalId,
    /// What the app calls it.
    #[schema(value_type = schema::ExternalId)]
    pub data_key: ExternalId,
    /// The value.
    #[schema(value_type = schema::AnyJson)]
    pub value: Box<RawValue>,
    /// When it was written first.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When it was written last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// 1 at first; rises by one with each write.
    pub version: i64,
}

/// Writes a value under a key where there is none.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppDatum {
    /// What the app calls it.
    #[schema(value_type = schema::ExternalId)]
    pub data_key: ExternalId,
    /// The value.
    #[schema(value_type = schema::AnyJson)]
    pub value: Value,
}

/// Writes a value.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppDatumWrite {
    /// The value.
    #[schema(value_type = schema::AnyJson)]
    pub value: Value,
    /// The version that was read; another one that stands is 409 `version_conflict` with the value that stands.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}
