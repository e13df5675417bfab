use base::{Id, Timestamp};
use store::{collection, string_enum};

use super::PushToken;
use crate::users::User;

string_enum! {
    /// What a device runs.
    pub enum Platform {
        /// iOS.
        Ios = "ios",
        /// Android.
        Android = "android",
        /// A browser.
        Web = "web",
        /// A desktop system.
        Desktop = "desktop",
        /// Something else.
        Other = "other",
    }
}

collection! {
    /// A device by which a user connects and is reached.
    pub struct Device: TenantData "user_devices" {
        /// Whose it is.
        user_id: Id<User>,
        /// The name by which it connects.
        device_id: String,
        /// Its place among the user's devices; there are only so many places.
        slot: i64,
        /// What it runs.
        platform: Platform,
        /// What the user calls it.
        name: Option<String>,
        /// The version of the app on it.
        app_version: Option<String>,
        /// Its model.
        model: Option<String>,
        /// By which it is pushed to; told to nobody.
        push_token: Option<PushToken>,
        /// When it was connected or registered last.
        last_seen_at: Timestamp,
    }
    indexes {
        by_device: Unique [user_id, device_id];
        /// Holds the number of devices, however many register at once.
        by_slot: Unique [user_id, slot];
        /// Keeps a push token to one device: what is pushed reaches one user.
        by_push_token: UniqueWhenPresent [push_token];
    }
    personal {
        user_id: purge by by_device;
    }
}
