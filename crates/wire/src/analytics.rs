use crate::Metadata;
use crate::RawMetadata;
use crate::UserId;
use crate::UserName;
use crate::message::any_json;
use crate::non_null::non_null;
use crate::schema;
use base::Result;
use base::Timestamp;
use domain::analytics;
use serde::Deserialize;
use serde::Serialize;
use serde_json::Value;
use std::collections::BTreeMap;
use store::Entity;
use utoipa::ToSchema;

/// Category of an analytics event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventCategory {
    /// A user action.
    Engagement,
    /// A reached goal.
    Conversion,
    /// A failure.
    Error,
    /// Defined by the tenant.
    Custom,
}

/// Length of a metric bucket, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// One hour.
    Hour,
    /// One day.
    Day,
    /// One calendar month.
    Month,
}

/// An analytics event.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnalyticsEvent {
    /// The `event_id` that the client assigned.
    pub event_id: String,
    /// Event name.
    pub name: String,
    /// Event category.
    pub category: EventCategory,
    /// The user who caused the event.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub user_id: Option<UserId>,
    /// The tenant's id of the app in which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// The tenant's id of the session in which it happened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// Time of the event.
    #[schema(value_type = schema::Timestamp)]
    pub timestamp: Timestamp,
    /// Additional data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<RawMetadata>,
}

/// Event counts of a time range.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventCounts {
    /// Number of events.
    pub events: i64,
    /// Number of events by category; categories without events are omitted.
    pub categories: BTreeMap<String, i64>,
    /// Number of events by name; names without events are omitted.
    pub names: BTreeMap<String, i64>,
    /// Whether all names are included; otherwise only the most frequent ones are.
    pub all_names: bool,
    /// Hours and days of the range, at most 200, that are queued for a recount: their counts may
    /// still change without new events.
    pub pending: usize,
}

/// Event counts of one hour, day or month.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Metric {
    /// Length of the bucket.
    pub granularity: Granularity,
    /// Start of the bucket.
    #[schema(value_type = schema::Timestamp)]
    pub starts_at: Timestamp,
    /// Number of events.
    pub events: i64,
    /// Number of distinct users.
    pub unique_users: i64,
    /// Whether `unique_users` is exact; otherwise it is a lower bound.
    pub all_users: bool,
    /// Number of events by category; categories without events are omitted.
    pub categories: BTreeMap<String, i64>,
    /// Number of events by name; names without events are omitted.
    pub names: BTreeMap<String, i64>,
    /// Whether all names are included; otherwise only the most frequent ones are.
    pub all_names: bool,
    /// Time of the last count.
    #[schema(value_type = schema::Timestamp)]
    pub counted_at: Timestamp,
}

impl AnalyticsEvent {
    /// Converts a stored event.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(event: &Entity<analytics::Event>) -> Result<Self> {
        Ok(Self {
            event_id: event.event_id.clone(),
            name: event.name.clone(),
            category: event.category.into(),
            user_id: event.user_id,
            app_id: event.app_id.clone(),
            session_id: event.session_id.clone(),
            timestamp: event.timestamp,
            data: event.data.as_ref().map(any_json).transpose()?,
        })
    }
}

impl From<analytics::EventCounts> for EventCounts {
    fn from(counted: analytics::EventCounts) -> Self {
        let analytics::EventCounts { counts, pending } = counted;
        let events = counts.events();
        let analytics::Counts {
            categories,
            names,
            whole,
        } = counts;
        Self {
            events,
            categories,
            names,
            all_names: whole,
            pending,
        }
    }
}

impl Metric {
    /// Converts a stored bucket.
    ///
    /// # Errors
    /// Fails if the stored counts are invalid.
    pub fn of(metric: &Entity<analytics::Metric>) -> Result<Self> {
        let analytics::Counts {
            categories,
            names,
            whole,
        } = analytics::Counts::stored(metric)?;
        Ok(Self {
            granularity: metric.granularity.into(),
            starts_at: metric.starts_at,
            events: metric.events,
            unique_users: metric.users,
            all_users: metric.all_users,
            categories,
            names,
            all_names: whole,
            counted_at: metric.counted_at,
        })
    }
}

/// An analytics event to record.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewAnalyticsEvent {
    /// Client-assigned id. A user or server that sends the same id again gets the first event
    /// kept; the duplicate is ignored.
    #[schema(value_type = schema::EventId)]
    pub event_id: String,
    /// Event name.
    #[schema(value_type = schema::Label)]
    pub name: String,
    /// Event category.
    pub category: EventCategory,
    /// The user who caused the event; defaults to the acting user.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Named>)]
    pub user_id: Option<UserName>,
    /// The tenant's id of the app in which it happened.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Label>)]
    pub app_id: Option<String>,
    /// The tenant's id of the session in which it happened.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Label>)]
    pub session_id: Option<String>,
    /// Time of the event, within the last 400 days; defaults to now.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub timestamp: Option<Timestamp>,
    /// Additional data.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<Metadata>,
}

/// Events to record in one request: all are recorded or none.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct AnalyticsEventBatch {
    /// The events.
    #[schema(schema_with = schema::event_batch)]
    pub events: Vec<NewAnalyticsEvent>,
}

/// Result of recording events.
#[derive(Debug, Clone, Copy, Serialize, ToSchema)]
pub struct EventsTaken {
    /// Number of new events.
    pub new: usize,
    /// Number of duplicates, which were already recorded.
    pub known: usize,
}

impl From<NewAnalyticsEvent> for analytics::NewEvent {
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

impl From<analytics::IngestResult> for EventsTaken {
    fn from(taken: analytics::IngestResult) -> Self {
        let analytics::IngestResult { new, known } = taken;
        Self { new, known }
    }
}
