use crate::MergePatch;
use crate::Metadata;
use crate::UserId;
use crate::non_null::non_null;
use crate::schema;
use base::Timestamp;
use domain::preferences;
use serde::Deserialize;
use serde::Serialize;
use store::Entity;
use utoipa::ToSchema;

/// Preferences of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preferences {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: crate::PreferencesId,
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// The preferences.
    #[serde(flatten)]
    pub content: PreferencesContent,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
}

/// Preferences that a request can update.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreferencesContent {
    /// Color scheme of clients; defaults to `auto`.
    pub theme: Theme,
    /// Language tag (BCP 47); if absent, the language of the device applies.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Language>)]
    pub language: Option<String>,
    /// Notification settings by channel.
    pub notifications: Notifications,
    /// Widget settings.
    pub widgets: Widgets,
    /// Dashboard settings.
    pub dashboard: Dashboard,
}

/// Color scheme of clients.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Light.
    Light,
    /// Dark.
    Dark,
    /// The setting of the device.
    #[default]
    Auto,
}

/// Notification settings by channel.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notifications {
    /// E-mail.
    pub email: NotificationChannel,
    /// Push notifications.
    pub push: NotificationChannel,
    /// Notifications in an open client.
    pub in_app: NotificationChannel,
}

/// Settings of one notification channel.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationChannel {
    /// Whether the channel is enabled.
    pub enabled: bool,
    /// Enabled notification types; all if absent.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::notification_kinds)]
    pub kinds: Option<Vec<String>>,
    /// Time of day without notifications.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    pub quiet_hours: Option<QuietHours>,
}

impl Default for NotificationChannel {
    fn default() -> Self {
        Self {
            enabled: true,
            kinds: None,
            quiet_hours: None,
        }
    }
}

/// A daily period; it spans midnight if `end` is before `start`.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// First minute.
    #[schema(value_type = schema::TimeOfDay)]
    pub start: String,
    /// Minute after the last one.
    #[schema(value_type = schema::TimeOfDay)]
    pub end: String,
    /// Time zone of `start` and `end`.
    #[schema(value_type = schema::TimeZone)]
    pub time_zone: String,
}

/// Widget settings of a user.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Widgets {
    /// Widgets that the user enabled.
    #[schema(schema_with = schema::widgets)]
    pub enabled: Vec<String>,
    /// Widgets that the user disabled.
    #[schema(schema_with = schema::widgets)]
    pub disabled: Vec<String>,
    /// Settings by widget; merged key by key.
    #[schema(value_type = schema::Metadata)]
    pub customizations: Metadata,
}

/// Dashboard settings of a user.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dashboard {
    /// Layout of the dashboard.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Name>)]
    pub layout: Option<String>,
    /// View that opens first.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Name>)]
    pub default_view: Option<String>,
    /// Favorite apps, in order.
    #[schema(schema_with = schema::favorite_apps)]
    pub favorite_apps: Vec<String>,
}

/// Updates the given preferences of a user.
pub type PreferencesPatch = MergePatch<PreferencesContent>;

impl Preferences {
    /// Converts stored preferences.
    #[must_use]
    pub fn of(preferences: &Entity<preferences::Preferences>) -> Self {
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

/// Implements the conversions of types with the same fields in the domain and the API.
macro_rules! same_fields {
    ($($name:ident { $($field:ident),* $(; $part:ident)* $(;; $each:ident)* };)+) => {$(
        impl From<preferences::$name> for $name {
            fn from(it: preferences::$name) -> Self {
                Self { $($field: it.$field,)* $($part: it.$part.into(),)* $($each: it.$each.map(Into::into),)* }
            }
        }

        impl From<$name> for preferences::$name {
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
