//! What a user has preferences about. The room of the same name changes them.

use base::Id;
use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};
use store::{Changes, Column, Index, Json};

use super::{Companion, User};

store::string_enum! {
    /// How a client looks.
    pub enum Theme {
        /// Dark on light.
        Light = "light",
        /// Light on dark.
        Dark = "dark",
        /// As the device does.
        Auto = "auto",
    }
}

store::collection! {
    /// How a user wants to be served.
    pub struct Preferences: TenantData "preferences" {
        /// Whose they are.
        user_id: Id<User>,
        /// How clients look: `light`, `dark` or `auto`.
        theme: Theme,
        /// The language tag.
        language: Option<String>,
        /// What the user is told of, and where.
        notifications: Json<Notifications>,
        /// Which widgets the user sees, and how.
        widgets: Json<Widgets>,
        /// What the user sees first.
        dashboard: Json<Dashboard>,
    }
    indexes {
        /// Keeps a user to one set of preferences.
        by_user: Unique [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

impl Companion for Preferences {
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
    /// The preferences of a user.
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

    /// What the user said.
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
