use domain::preferences as room;
use store::Entity;

use crate::{
    Dashboard, NotificationChannel, Notifications, Preferences, PreferencesContent, QuietHours,
    Widgets,
};

impl Preferences {
    /// A user's preferences.
    #[must_use]
    pub fn of(preferences: &Entity<room::Preferences>) -> Self {
        Self {
            id: preferences.id,
            user_id: preferences.user_id,
            content: preferences.content().into(),
            created_at: preferences.created_at,
            updated_at: preferences.updated_at,
            version: preferences.version,
        }
    }
}

/// The same fields on both sides of the wire.
macro_rules! same_fields {
    ($($name:ident { $($field:ident),* $(; $part:ident)* $(;; $each:ident)* };)+) => {$(
        impl From<room::$name> for $name {
            fn from(it: room::$name) -> Self {
                Self { $($field: it.$field,)* $($part: it.$part.into(),)* $($each: it.$each.map(Into::into),)* }
            }
        }

        impl From<$name> for room::$name {
            fn from(it: $name) -> Self {
                Self { $($field: it.$field,)* $($part: it.$part.into(),)* $($each: it.$each.map(Into::into),)* }
            }
        }
    )+};
}

same_fields! {
    PreferencesContent { language; theme; notifications; widgets; dashboard };
    Notifications { ; email; push; in_app };
    NotificationChannel { enabled, kinds ;; quiet_hours };
    QuietHours { start, end, time_zone };
    Widgets { enabled, disabled, customizations };
    Dashboard { layout, default_view, favorite_apps };
}
