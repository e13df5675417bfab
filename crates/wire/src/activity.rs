use base::{Result, Timestamp};
use domain::activities as rooms;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::given::given;
use crate::view::any_json;
use crate::{Metadata, RawMetadata, UserId, schema};

/// Something that a user did in the last 90 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Activity {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: base::Id<rooms::Activity>,
    /// Whose it is; absent when the tenant's server did it on its own behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub user_id: Option<UserId>,
    /// What was done. Types that begin with `caas.` are noted by the system.
    pub event_type: String,
    /// The tenant's own name of the app it was done in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// The tenant's own name of the session it was done in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When it was done.
    #[schema(value_type = schema::Timestamp)]
    pub timestamp: Timestamp,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<RawMetadata>,
    /// When it is forgotten.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
}

/// Tells what a user did.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// What was done; no type that begins with `caas.`.
    #[schema(value_type = schema::Label)]
    pub event_type: String,
    /// The tenant's own name of the app it was done in.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Label>)]
    pub app_id: Option<String>,
    /// The tenant's own name of the session it was done in.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Label>)]
    pub session_id: Option<String>,
    /// When it was done, within the last 90 days; now when not given.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub timestamp: Option<Timestamp>,
    /// More about it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<Metadata>,
}

impl Activity {
    /// A stored activity.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(activity: &Entity<rooms::Activity>) -> Result<Self> {
        Ok(Self {
            id: activity.id,
            user_id: activity.user_id,
            event_type: activity.event_type.clone(),
            app_id: activity.app_id.clone(),
            session_id: activity.session_id.clone(),
            timestamp: activity.timestamp,
            data: activity.data.as_ref().map(any_json).transpose()?,
            expires_at: activity.expires_at,
        })
    }
}

impl From<NewActivity> for rooms::NewActivity {
    fn from(new: NewActivity) -> Self {
        let NewActivity {
            event_type,
            app_id,
            session_id,
            timestamp,
            data,
        } = new;
        let data = data.map(|data| serde_json::Value::Object(data).to_string());
        Self {
            event_type,
            app_id,
            session_id,
            timestamp,
            data,
        }
    }
}
