use base::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use store::{JsonText, collection, string_enum};

use crate::leases::Work;
use crate::users::User;

string_enum! {
    /// What kind of event it is.
    pub enum Category {
        /// A user did something.
        Engagement = "engagement",
        /// A user reached a goal.
        Conversion = "conversion",
        /// Something went wrong.
        Error = "error",
        /// What the tenant means by it.
        Custom = "custom",
    }
}

string_enum! {
    /// How long a bucket of counted events is, in UTC.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Granularity {
        /// An hour.
        Hour = "hour",
        /// A day.
        Day = "day",
        /// A month of the calendar.
        Month = "month",
    }
}

collection! {
    /// Something that happened in a tenant's product, told to be counted.
    pub struct Event: TenantAnalytics "events" {
        /// Who told of it, within whose own ids it is: `server`, or a user's id.
        teller: String,
        /// The teller's own id of it: what is told twice is kept once.
        event_id: String,
        /// What happened.
        name: String,
        /// What kind of event it is.
        category: Category,
        /// Who did it, when that is known.
        user_id: Option<Id<User>>,
        /// The tenant's own name of the app it happened in.
        app_id: Option<String>,
        /// The tenant's own name of the session it happened in.
        session_id: Option<String>,
        /// When it happened.
        timestamp: Timestamp,
        /// More about it, as JSON text.
        data: Option<JsonText>,
        /// When it is forgotten: 400 days after it happened.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Keeps an event to one document.
        by_event_id: Unique [teller, event_id];
        /// Counts and exports a range of time without reading a document for it.
        by_time: None [timestamp, category, name, user_id, expires_at];
        /// Lists and counts a user's likewise.
        by_user: None [user_id, timestamp, category, name, expires_at];
        /// Lists those of a category.
        by_category: None [category, timestamp];
        /// Lists those of a name.
        by_name: None [name, timestamp];
        /// Lists an app's.
        by_app: None [app_id, timestamp];
        /// Lists a session's.
        by_session: None [session_id, timestamp];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// The events of an hour, day or month, counted.
    pub struct Metric: TenantAnalytics "metrics" {
        /// How long the bucket is.
        granularity: Granularity,
        /// When it begins.
        starts_at: Timestamp,
        /// All events in it.
        events: i64,
        /// Different users of these.
        users: i64,
        /// Whether all users are counted; else there are at least so many.
        all_users: bool,
        /// The events by category and by name, as JSON text.
        counts: JsonText,
        /// Whether all names are counted; else only the most frequent.
        whole: bool,
        /// When it was counted last.
        counted_at: Timestamp,
        /// When an hour is forgotten: 400 days after its day. Days and months are kept.
        expires_at: Option<Timestamp>,
    }
    expires: expires_at;
    indexes {
        /// Keeps a bucket to one document, and lists them.
        by_bucket: Unique [granularity, starts_at];
    }
    personal: none("it holds sums, counted anew when a user's events go");
}

collection! {
    /// Says that a user was active in a day or month: what unique users are counted from.
    pub struct ActiveUser: TenantAnalytics "active_users" {
        /// A day or a month.
        granularity: Granularity,
        /// When it begins.
        starts_at: Timestamp,
        /// Who was active.
        user_id: Id<User>,
        /// When it is forgotten: 400 days after the bucket.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Counts a bucket's, each user once, without reading a document for it.
        by_bucket: Unique [granularity, starts_at, user_id, expires_at];
        /// Finds a user's.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

collection! {
    /// Says that a bucket must be counted anew.
    pub struct Recount: TenantAnalytics "recounts" {
        /// How long the bucket is.
        granularity: Granularity,
        /// When it begins.
        starts_at: Timestamp,
        /// The end of the seconds in which it was marked: those who mark it in the same ones share the document.
        window: Timestamp,
        /// When to do it.
        due_at: Option<Timestamp>,
        /// How often it was begun.
        attempts: i64,
    }
    due: due_at;
    indexes {
        /// Keeps the marks of one window together.
        by_bucket: Unique [granularity, starts_at, window];
    }
    personal: none("it names hours and days");
}

impl Work for Recount {
    const DUE: store::Column<Self, Timestamp> = Self::due_at;
    const ATTEMPTS: store::Column<Self, i64> = Self::attempts;
}
