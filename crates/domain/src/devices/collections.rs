use base::{Id, Timestamp};
use store::{collection, string_enum};

use super::PushToken;
use crate::users::User;

string_enum! {
    /// Platform of a device.
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
    /// A registered device of a user.
    pub struct Device: TenantData "user_devices" {
        /// Owner of the device.
        user_id: Id<User>,
        /// Device id chosen by the client, sent when it connects.
        device_id: String,
        /// Slot among the user's devices; the number of slots is limited.
        slot: i64,
        /// Platform.
        platform: Platform,
        /// Display name, set by the user.
        name: Option<String>,
        /// Version of the app.
        app_version: Option<String>,
        /// Device model.
        model: Option<String>,
        /// Token of the push service; never returned to clients.
        push_token: Option<PushToken>,
        /// Time of the last connection or registration.
        last_seen_at: Timestamp,
    }
    indexes {
        by_device: Unique [user_id, device_id];
        /// Limits the number of devices under concurrent registrations.
        by_slot: Unique [user_id, slot];
        /// Assigns a push token to one device, so that a notification reaches one user.
        by_push_token: UniqueWhenPresent [push_token];
    }
    personal {
        user_id: purge by by_device;
    }
}
