use base::{Id, Timestamp};
use store::JsonText;

use crate::users::User;

store::collection! {
    /// An activity of a user, recorded by the tenant or by the system.
    pub struct Activity: TenantData "activities" {
        /// Acting user; absent if the tenant's server acted for itself.
        user_id: Option<Id<User>>,
        /// Type of the activity: defined by the tenant, or by the system with the prefix `caas.`.
        event_type: String,
        /// App of the activity, as the tenant calls it.
        app_id: Option<String>,
        /// Session of the activity, as the tenant calls it.
        session_id: Option<String>,
        /// Time of the activity.
        timestamp: Timestamp,
        /// Additional data, as JSON text.
        data: Option<JsonText>,
        /// Expiry: 90 days after the activity.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Lists the activities of a user.
        by_user: None [user_id, timestamp];
        /// Lists the activities of an app.
        by_app: None [app_id, timestamp];
        /// Lists the activities of a session.
        by_session: None [session_id, timestamp];
        /// Lists the activities of a type.
        by_type: None [event_type, timestamp];
    }
    personal {
        user_id: purge by by_user;
    }
}
