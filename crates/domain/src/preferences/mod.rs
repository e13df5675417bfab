//! How users want to be served.

mod checked;
mod get;
mod language;
mod quiet_hours;
mod update;

pub use crate::users::preferences::{
    Dashboard, NotificationChannel, Notifications, Preferences, PreferencesContent, QuietHours,
    Theme, Widgets,
};
pub use get::{get, get_many};
pub use update::update;
