use crate::UserId;
use crate::message::any_json;
use crate::non_null::version;
use crate::schema;
use base::ExternalId;
use base::Result;
use base::Timestamp;
use domain::app_data;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use serde_json::value::RawValue;
use store::Entity;
use store::JsonText;
use utoipa::ToSchema;

/// A value that an app stores for a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AppDatum {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: crate::AppDatumId,
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// The app.
    #[schema(value_type = schema::ExternalId)]
    pub app_id: ExternalId,
    /// Key of the value.
    #[schema(value_type = schema::ExternalId)]
    pub data_key: ExternalId,
    /// The value.
    #[schema(value_type = schema::AnyJson)]
    pub value: Box<RawValue>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version, from 1; increases by one with each write.
    pub version: i64,
}

/// A value to create under a new key.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAppDatum {
    /// Key of the value.
    #[schema(value_type = schema::ExternalId)]
    pub data_key: ExternalId,
    /// The value.
    #[schema(value_type = schema::AnyJson)]
    pub value: Value,
}

/// A value to write.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AppDatumWrite {
    /// The value.
    #[schema(value_type = schema::AnyJson)]
    pub value: Value,
    /// The expected version. Fails with 409 `version_conflict` and the current value if the
    /// version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

impl AppDatum {
    /// Converts a stored value.
    ///
    /// # Errors
    /// Fails if the stored value is not valid JSON.
    pub fn of(datum: &Entity<app_data::AppDatum>) -> Result<Self> {
        Ok(Self {
            id: datum.id,
            user_id: datum.user_id,
            app_id: datum.app_id.clone(),
            data_key: datum.data_key.clone(),
            value: any_json(&datum.value)?,
            created_at: datum.created_at,
            updated_at: datum.updated_at,
            version: datum.version,
        })
    }
}

/// Converts a value to the stored form.
#[must_use]
pub fn json_text(value: &Value) -> JsonText {
    JsonText(value.to_string().into())
}
