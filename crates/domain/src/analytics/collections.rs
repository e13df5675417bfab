use base::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use store::{JsonText, collection, string_enum};

use crate::leases::Work;
use crate::users::User;

string_enum! {
    /// Category of an event.
    pub enum Category {
        /// A user was active.
        Engagement = "engagement",
        /// A user reached a goal.
        Conversion = "conversion",
        /// An error occurred.
        Error = "error",
        /// Defined by the tenant.
        Custom = "custom",
    }
}

string_enum! {
    /// Length of an analytics bucket, in UTC.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Granularity {
        /// An hour.
        Hour = "hour",
        /// A day.
        Day = "day",
        /// A calendar month.
        Month = "month",
    }
}

collection! {
    /// An analytics event of the tenant's product.
    pub struct Event: TenantAnalytics "events" {
        /// Source of the event, which scopes its id: `server`, or a user's id.
        teller: String,
        /// Id of the event, unique per source. A repeated event is stored once.
        event_id: String,
        /// Name of the event.
        name: String,
        /// Category of the event.
        category: Category,
        /// User of the event, if known.
        user_id: Option<Id<User>>,
        /// App of the event, as the tenant calls it.
        app_id: Option<String>,
        /// Session of the event, as the tenant calls it.
        session_id: Option<String>,
        /// Time of the event.
        timestamp: Timestamp,
        /// Additional data, as JSON text.
        data: Option<JsonText>,
        /// Expiry: 400 days after the event.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Keeps events unique per source and id.
        by_event_id: Unique [teller, event_id];
        /// Counts and exports a time range without reading documents.
        by_time: None [timestamp, category, name, user_id, expires_at];
        /// Lists and counts the events of a user without reading documents.
        by_user: None [user_id, timestamp, category, name, expires_at];
        /// Lists the events of a category.
        by_category: None [category, timestamp];
        /// Lists the events of a name.
        by_name: None [name, timestamp];
        /// Lists the events of an app.
        by_app: None [app_id, timestamp];
        /// Lists the events of a session.
        by_session: None [session_id, timestamp];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// Counts of the events of an hour, day or month.
    pub struct Metric: TenantAnalytics "metrics" {
        /// Length of the bucket.
        granularity: Granularity,
        /// Start of the bucket.
        starts_at: Timestamp,
        /// Number of events.
        events: i64,
        /// Number of unique users.
        users: i64,
        /// Whether `users` is exact; otherwise it is a lower bound.
        all_users: bool,
        /// Number of events by category and by name, as JSON text.
        counts: JsonText,
        /// Whether all names are included; otherwise only the most frequent ones.
        whole: bool,
        /// Time of the last count.
        counted_at: Timestamp,
        /// Expiry of an hour: 400 days after its day. Days and months do not expire.
        expires_at: Option<Timestamp>,
    }
    expires: expires_at;
    indexes {
        /// Keeps buckets unique, and lists them.
        by_bucket: Unique [granularity, starts_at];
    }
    personal: none("sums are recounted when a user's events are erased");
}

collection! {
    /// Record of a user's activity in a day or month, from which unique users are counted.
    pub struct ActiveUser: TenantAnalytics "active_users" {
        /// A day or a month.
        granularity: Granularity,
        /// Start of the bucket.
        starts_at: Timestamp,
        /// Active user.
        user_id: Id<User>,
        /// Expiry: 400 days after the bucket.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Counts the users of a bucket without reading documents.
        by_bucket: Unique [granularity, starts_at, user_id, expires_at];
        /// Finds the records of a user.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// Marker that a bucket must be counted again.
    pub struct Recount: TenantAnalytics "recounts" {
        /// Length of the bucket.
        granularity: Granularity,
        /// Start of the bucket.
        starts_at: Timestamp,
        /// End of the window in which the bucket was marked. Markers of one window share the
        /// document.
        window: Timestamp,
        /// Time of the recount.
        due_at: Option<Timestamp>,
        /// Number of attempts.
        attempts: i64,
    }
    due: due_at;
    indexes {
        /// Joins the markers of one window.
        by_bucket: Unique [granularity, starts_at, window];
    }
    personal: none("it contains hours and days");
}

impl Work for Recount {
    const DUE: store::Column<Self, Timestamp> = Self::due_at;
    const ATTEMPTS: store::Column<Self, i64> = Self::attempts;
}
