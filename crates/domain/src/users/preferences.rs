//! Preferences of users: declaration and content. The module `preferences` changes them.

use base::Id;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Changes, Column, Index, Json};

use super::{PerUserDocument, User};

store::string_enum! {
    /// Color theme.
    pub enum Theme {
        /// Dark text on a light background.
        Light = "light",
        /// Light text on a dark background.
        Dark = "dark",
        /// Theme of the device.
        Auto = "auto",
    }
}

store::collection! {
    /// Preferences of a user.
    pub struct Preferences: TenantData "preferences" {
        /// Owner of the preferences.
        user_id: Id<User>,
        /// Color theme: `light`, `dark` or `auto`.
        theme: Theme,
        /// Language tag.
        language: Option<String>,
        /// Notification settings by channel.
        notifications: Json<Notifications>,
        /// Shown widgets and their settings.
        widgets: Json<Widgets>,
        /// Dashboard settings.
        dashboard: Json<Dashboard>,
    }
    indexes {
        /// Allows one document per user.
        by_user: Unique [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

impl PerUserDocument for Preferences {
    const BY_USER: Index<Self> = Self::by_user;
    const USER: Column<Self, Id<User>> = Self::user_id;

    fn blank(user: Id<User>) -> Self {
        Self::with(user, PreferencesContent::default())
    }

    fn user(&self) -> Id<User> {
        self.user_id
    }

    fn difference(from: &Self, to: &Self) -> Changes<Self> {
        let mut changes = Changes::new();
        if from.language != to.language {
            changes = changes.put(Self::language, to.language.clone());
        }
        macro_rules! compare {
            ($($field:ident),+) => {
                $(if from.$field != to.$field { changes = changes.set(Self::$field, to.$field.clone()); })+
            };
        }
        compare!(theme, notifications, widgets, dashboard);
        changes
    }
}

impl Preferences {
    /// Creates the preferences of a user.
    pub(crate) fn with(user_id: Id<User>, content: PreferencesContent) -> Self {
        let PreferencesContent {
            theme,
            language,
            notifications,
            widgets,
            dashboard,
        } = content;
        let notifications = Json(notifications);
        let widgets = Json(widgets);
        let dashboard = Json(dashboard);
        Self {
            user_id,
            theme,
            language,
            notifications,
            widgets,
            dashboard,
        }
    }

    /// Returns the content.
    #[must_use]
    pub fn content(&self) -> PreferencesContent {
        let Self {
            theme,
            language,
            notifications,
            widgets,
            dashboard,
            ..
        } = self.clone();
        let notifications = notifications.0;
        let widgets = widgets.0;
        let dashboard = dashboard.0;
        PreferencesContent {
            theme,
            language,
            notifications,
            widgets,
            dashboard,
        }
    }
}

/// Content of a user's preferences.
#[derive(Clone, Debug, PartialEq)]
pub struct PreferencesContent {
    /// Color theme.
    pub theme: Theme,
    /// Language tag such as `de-AT`; the device's language if absent.
    pub language: Option<String>,
    /// Notification settings by channel.
    pub notifications: Notifications,
    /// Shown widgets and their settings.
    pub widgets: Widgets,
    /// Dashboard settings.
    pub dashboard: Dashboard,
}

/// Notification settings of a user, by channel.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Notifications {
    /// E-mail.
    pub email: NotificationChannel,
    /// Push notifications.
    pub push: NotificationChannel,
    /// Notifications in an open client.
    pub in_app: NotificationChannel,
}

/// Settings of one notification channel.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotificationChannel {
    /// Whether the channel is used.
    pub enabled: bool,
    /// Kinds of notifications that are sent; all if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kinds: Option<Vec<String>>,
    /// Time of day without notifications.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

/// A time range of each day; spans midnight if it ends before it starts.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct QuietHours {
    /// First minute, such as `22:00`.
    pub start: String,
    /// Minute after the last, such as `07:30`.
    pub end: String,
    /// IANA name of the time zone.
    pub time_zone: String,
}

/// Widgets of a user.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Widgets {
    /// Widgets that the user added.
    pub enabled: Vec<String>,
    /// Widgets that the user removed.
    pub disabled: Vec<String>,
    /// Settings by widget.
    pub customizations: Map<String, Value>,
}

/// Dashboard of a user.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Dashboard {
    /// Name of the layout.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub layout: Option<String>,
    /// View that is opened first.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub default_view: Option<String>,
    /// Favourite apps, in the user's order.
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
    /// Returns a channel that sends all notifications at any time.
    fn default() -> Self {
        Self {
            enabled: true,
            kinds: None,
            quiet_hours: None,
        }
    }
}
