use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::Theme;

/// What a user can prefer.
#[derive(Clone, Debug, PartialEq)]
pub struct PreferencesContent {
    /// How clients look.
    pub theme: Theme,
    /// A language tag such as `de-AT`; what the device says when absent.
    pub language: Option<String>,
    /// What the user is told of, and where.
    pub notifications: Notifications,
    /// Which widgets the user sees, and how.
    pub widgets: Widgets,
    /// What the user sees first.
    pub dashboard: Dashboard,
}

/// What a user is told of, by each way of telling.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notifications {
    /// By mail.
    pub email: NotificationChannel,
    /// On a device.
    pub push: NotificationChannel,
    /// In an open client.
    pub in_app: NotificationChannel,
}

/// One way of telling.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationChannel {
    /// Whether it is used at all.
    pub enabled: bool,
    /// The kinds that are let through; all when absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// When nothing is told.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

/// A time of each day, over midnight when it ends before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// The first minute, as `22:00`.
    pub start: String,
    /// The minute after the last, as `07:30`.
    pub end: String,
    /// The IANA name of the zone in which these are told.
    pub time_zone: String,
}

/// Which widgets a user sees, and how.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Widgets {
    /// Those that the user added.
    pub enabled: Vec<String>,
    /// Those that the user took away.
    pub disabled: Vec<String>,
    /// How the user changed them, by widget.
    pub customizations: Map<String, Value>,
}

/// What a user sees first.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// How it is laid out.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// What is opened.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_view: Option<String>,
    /// Apps at hand, in the user's order.
    pub favorite_apps: Vec<String>,
}

impl Default for PreferencesContent {
    fn default() -> Self {
        Self {
            theme: Theme::Auto,
            language: None,
            notifications: Notifications::default(),
            widgets: Widgets::default(),
            dashboard: Dashboard::default(),
        }
    }
}

impl Default for NotificationChannel {
    /// Tells everything at any time.
    fn default() -> Self {
        Self {
            enabled: true,
            kinds: None,
            quiet_hours: None,
        }
    }
}
