use base::Timestamp;
use domain::analytics as rooms;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;

use crate::given::given;
use crate::{EventCategory, Metadata, UserName, schema};

/// Tells what happened in the tenant's product.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnalyticsEvent {
    /// The own id of whoever tells it, a user or the tenant's server: what is told twice is kept once, as it was told
    /// first.
    #[schema(value_type = schema::EventId)]
    pub event_id: String,
    /// What happened.
    #[schema(value_type = schema::Label)]
    pub name: String,
    /// What kind of event it is.
    pub category: EventCategory,
    /// Who did it; the acting user when not given.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Named>)]
    pub user_id: Option<UserName>,
    /// The tenant's own name of the app it happened in.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Label>)]
    pub app_id: Option<String>,
    /// The tenant's own name of the session it happened in.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Label>)]
    pub session_id: Option<String>,
    /// When it happened, within the last 400 days; now when not given.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub timestamp: Option<Timestamp>,
    /// More about it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<Metadata>,
}

/// Several events, all or none.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalyticsEventBatch {
    /// The events.
    #[schema(schema_with = schema::event_batch)]
    pub events: Vec<NewAnalyticsEvent>,
}

/// What became of events that were told.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct EventsTaken {
    /// Those that stand now and did not before.
    pub new: usize,
    /// Those whose ids were told before.
    pub known: usize,
}

impl From<NewAnalyticsEvent> for rooms::NewEvent {
    fn from(event: NewAnalyticsEvent) -> Self {
        let NewAnalyticsEvent {
            event_id,
            name,
            category,
            user_id,
            app_id,
            session_id,
            timestamp,
            data,
        } = event;
        let data = data.map(|data| Value::Object(data).to_string());
        Self {
            event_id,
            name,
            category: category.into(),
            user: user_id,
            app_id,
            session_id,
            timestamp,
            data,
        }
    }
}

impl From<rooms::IngestResult> for EventsTaken {
    fn from(taken: rooms::IngestResult) -> Self {
        let rooms::IngestResult { new, known } = taken;
        Self { new, known }
    }
}
