use base::{Id, Timestamp};
use store::JsonText;

use crate::users::User;

store::collection! {
    /// What a user did, told by the tenant or noted by the system.
    pub struct Activity: TenantData "activities" {
        /// Whose it is; absent when the tenant's server did it on its own behalf.
        user_id: Option<Id<User>>,
        /// What was done: a word of the tenant's own, or one of the system's, which begin with `caas.`.
        event_type: String,
        /// The tenant's own name of the app it was done in.
        app_id: Option<String>,
        /// The tenant's own name of the session it was done in.
        session_id: Option<String>,
        /// When it was done.
        timestamp: Timestamp,
        /// More about it, as JSON text.
        data: Option<JsonText>,
        /// When it is forgotten: 90 days after it was done.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Lists a user's.
        by_user: None [user_id, timestamp];
        /// Lists an app's.
        by_app: None [app_id, timestamp];
        /// Lists a session's.
        by_session: None [session_id, timestamp];
        /// Lists those of a type.
        by_type: None [event_type, timestamp];
    }
    personal {
        user_id: purge by by_user;
    }
}
