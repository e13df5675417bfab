use base::{ExternalId, Id};
use store::JsonText;

use crate::users::User;

store::collection! {
    /// A value that an app keeps for a user.
    pub struct AppDatum: TenantData "app_data" {
        /// Whose it is.
        user_id: Id<User>,
        /// The app, by a name of the tenant's own.
        app_id: ExternalId,
        /// What the app calls it.
        data_key: ExternalId,
        /// Any JSON.
        value: JsonText,
    }
    indexes {
        /// Keeps a key to one value, and lists an app's keys in order.
        by_key: Unique [user_id, app_id, data_key];
    }
    personal {
        user_id: purge by by_key;
    }
}
