use base::{ExternalId, Id};
use store::JsonText;

use crate::users::User;

store::collection! {
    /// A value that an app stores for a user.
    pub struct AppDatum: TenantData "app_data" {
        /// User of the value.
        user_id: Id<User>,
        /// App of the value, as the tenant calls it.
        app_id: ExternalId,
        /// Key of the value within the app.
        data_key: ExternalId,
        /// Any JSON value.
        value: JsonText,
    }
    indexes {
        /// Keeps keys unique, and lists an app's keys in order.
        by_key: Unique [user_id, app_id, data_key];
    }
    personal {
        user_id: purge by by_key;
    }
}
