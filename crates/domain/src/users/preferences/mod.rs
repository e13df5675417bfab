//! What a user has preferences about. The room of the same name changes them.

mod collections;
mod content;

pub use collections::{Preferences, Theme};
pub use content::{
    Dashboard, NotificationChannel, Notifications, PreferencesContent, QuietHours, Widgets,
};
