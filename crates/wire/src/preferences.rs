use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::{MergePatch, Metadata, UserId, schema};

/// How a user wants to be served.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Preferences {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: crate::PreferencesId,
    /// Whose they are.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// What the user prefers.
    #[serde(flatten)]
    pub content: PreferencesContent,
    /// When the preferences were made.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When they were changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
}

/// What a user prefers.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct PreferencesContent {
    /// How clients look; `auto` when never given.
    pub theme: Theme,
    /// A language tag (BCP 47); what the device says when absent.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Language>)]
    pub language: Option<String>,
    /// What the user is told of, and where.
    pub notifications: Notifications,
    /// Which widgets the user sees, and how.
    pub widgets: Widgets,
    /// What the user sees first.
    pub dashboard: Dashboard,
}

/// How clients look.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Theme {
    /// Dark on light.
    Light,
    /// Light on dark.
    Dark,
    /// As the device does.
    #[default]
    Auto,
}

/// What a user is told of, by each way of telling.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Notifications {
    /// By mail.
    pub email: NotificationChannel,
    /// On a device.
    pub push: NotificationChannel,
    /// In an open client.
    pub in_app: NotificationChannel,
}

/// One way of telling.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct NotificationChannel {
    /// Whether it is used at all.
    pub enabled: bool,
    /// The kinds that are let through; all when absent.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = schema::notification_kinds)]
    pub kinds: Option<Vec<String>>,
    /// When nothing is told.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
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

/// A time of each day, over midnight when it ends before it starts.
#[derive(Debug, Clone, Serialize, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct QuietHours {
    /// The first minute.
    #[schema(value_type = schema::TimeOfDay)]
    pub start: String,
    /// The minute after the last.
    #[schema(value_type = schema::TimeOfDay)]
    pub end: String,
    /// The zone in which these are told.
    #[schema(value_type = schema::TimeZone)]
    pub time_zone: String,
}

/// Which widgets a user sees, and how.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Widgets {
    /// Those that the user added.
    #[schema(schema_with = schema::widgets)]
    pub enabled: Vec<String>,
    /// Those that the user took away.
    #[schema(schema_with = schema::widgets)]
    pub disabled: Vec<String>,
    /// How the user changed them, by widget; merged key by key.
    #[schema(value_type = schema::Metadata)]
    pub customizations: Metadata,
}

/// What a user sees first.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Dashboard {
    /// How it is laid out.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Name>)]
    pub layout: Option<String>,
    /// What is opened.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Name>)]
    pub default_view: Option<String>,
    /// Apps at hand, in the user's order.
    #[schema(schema_with = schema::favorite_apps)]
    pub favorite_apps: Vec<String>,
}

/// Changes what is given of a user's preferences.
pub type PreferencesPatch = MergePatch<PreferencesContent>;
