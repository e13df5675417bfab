use base::{Result, Timestamp};
use domain::activities;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::message::any_json;
use crate::non_null::non_null;
use crate::{Metadata, RawMetadata, UserId, schema};

/// An activity of a user within the last 90 days.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Activity {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: base::Id<activities::Activity>,
    /// The user; absent if the tenant's server recorded it on its own behalf.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub user_id: Option<UserId>,
    /// Activity type. Types with the prefix `caas.` are recorded by the system.
    pub event_type: String,
    /// The tenant's id of the app in which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// The tenant's id of the session in which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Time of the activity.
    #[schema(value_type = schema::Timestamp)]
    pub timestamp: Timestamp,
    /// Additional data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<RawMetadata>,
    /// Time at which the activity is deleted.
    #[schema(value_type = schema::Timestamp)]
    pub expires_at: Timestamp,
}

/// An activity to record.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewActivity {
    /// Activity type; the prefix `caas.` is reserved.
    #[schema(value_type = schema::Label)]
    pub event_type: String,
    /// The tenant's id of the app in which it happened.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Label>)]
    pub app_id: Option<String>,
    /// The tenant's id of the session in which it happened.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Label>)]
    pub session_id: Option<String>,
    /// Time of the activity, within the last 90 days; defaults to now.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub timestamp: Option<Timestamp>,
    /// Additional data.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<Metadata>,
}

impl Activity {
    /// Converts a stored activity.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(activity: &Entity<activities::Activity>) -> Result<Self> {
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

impl From<NewActivity> for activities::NewActivity {
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
