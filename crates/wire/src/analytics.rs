use std::collections::BTreeMap;

use base::{Result, Timestamp};
use domain::analytics as rooms;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::view::any_json;
use crate::{RawMetadata, UserId, schema};

/// What kind of event it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum EventCategory {
    /// A user did something.
    Engagement,
    /// A user reached a goal.
    Conversion,
    /// Something went wrong.
    Error,
    /// What the tenant means by it.
    Custom,
}

/// How long a bucket of counted events is, in UTC.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Granularity {
    /// An hour.
    Hour,
    /// A day.
    Day,
    /// A month of the calendar.
    Month,
}

/// Something that happened in the tenant's product.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct AnalyticsEvent {
    /// The own id of whoever told it.
    pub event_id: String,
    /// What happened.
    pub name: String,
    /// What kind of event it is.
    pub category: EventCategory,
    /// Who did it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub user_id: Option<UserId>,
    /// The tenant's own name of the app it happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_id: Option<String>,
    /// The tenant's own name of the session it happened in.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub session_id: Option<String>,
    /// When it happened.
    #[schema(value_type = schema::Timestamp)]
    pub timestamp: Timestamp,
    /// More about it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::EventData>)]
    pub data: Option<RawMetadata>,
}

/// The events of a range of time, counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct EventCounts {
    /// All of them.
    pub events: i64,
    /// By category, those that occur.
    pub categories: BTreeMap<String, i64>,
    /// By name, those that occur.
    pub names: BTreeMap<String, i64>,
    /// Whether all names are there; else the most frequent.
    pub all_names: bool,
    /// Hours and days of the range, at most 200, that wait to be counted anew: the counts may still change although no
    /// more events come.
    pub pending: usize,
}

/// The events of an hour, day or month, counted.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Metric {
    /// How long the bucket is.
    pub granularity: Granularity,
    /// When it begins.
    #[schema(value_type = schema::Timestamp)]
    pub starts_at: Timestamp,
    /// All events in it.
    pub events: i64,
    /// Different users of these.
    pub unique_users: i64,
    /// Whether all users are counted; else there are at least so many.
    pub all_users: bool,
    /// By category, those that occur.
    pub categories: BTreeMap<String, i64>,
    /// By name, those that occur.
    pub names: BTreeMap<String, i64>,
    /// Whether all names are there; else the most frequent.
    pub all_names: bool,
    /// When it was counted last.
    #[schema(value_type = schema::Timestamp)]
    pub counted_at: Timestamp,
}

impl AnalyticsEvent {
    /// A stored event.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(event: &Entity<rooms::Event>) -> Result<Self> {
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

impl From<rooms::Counted> for EventCounts {
    fn from(counted: rooms::Counted) -> Self {
        let rooms::Counted { counts, pending } = counted;
        let events = counts.events();
        let rooms::Counts {
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
    /// A stored bucket.
    ///
    /// # Errors
    /// When what is stored are no counts.
    pub fn of(metric: &Entity<rooms::Metric>) -> Result<Self> {
        let rooms::Counts {
            categories,
            names,
            whole,
        } = rooms::Counts::stored(metric)?;
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
