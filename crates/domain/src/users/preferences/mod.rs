//! How a user wants to be served.

mod checked;
mod collections;
mod content;
mod get;
mod language;
mod quiet_hours;
mod update;

pub use collections::{Preferences, Theme};
pub use content::{Dashboard, NotificationChannel, Notifications, PreferencesContent, QuietHours, Widgets};
pub use get::{get, get_many};
pub use update::update;
