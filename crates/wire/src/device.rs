use base::{Patch, Timestamp};
use domain::devices as rooms;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::given::given;
use crate::schema;

/// A device of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Device {
    /// The name by which it connects.
    #[schema(value_type = schema::DeviceId)]
    pub device_id: String,
    /// What it runs.
    pub platform: Platform,
    /// What the user calls it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// The version of the app on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Its model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether it can be pushed to; the token is shown to nobody.
    pub has_push_token: bool,
    /// When it was connected or registered last, to the minute.
    #[schema(value_type = schema::Timestamp)]
    pub last_seen_at: Timestamp,
    /// When it was registered first.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

/// What a device runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Platform {
    /// iOS.
    Ios,
    /// Android.
    Android,
    /// A browser.
    Web,
    /// A desktop system.
    Desktop,
    /// Something else.
    Other,
}

/// A device as it tells of itself; what it does not tell stays as it was.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRegistration {
    /// What it runs.
    pub platform: Platform,
    /// What the user calls it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
    /// The version of the app on it.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Name>)]
    pub app_version: Option<String>,
    /// Its model.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Name>)]
    pub model: Option<String>,
    /// By which it is pushed to; taken from the device that had it before.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::PushToken>)]
    pub push_token: Option<String>,
}

/// Changes the given fields of a device; `null` clears.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DevicePatch {
    /// What the user calls it.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
}

impl From<&Entity<rooms::Device>> for Device {
    fn from(device: &Entity<rooms::Device>) -> Self {
        Self {
            device_id: device.device_id.clone(),
            platform: device.platform.into(),
            name: device.name.clone(),
            app_version: device.app_version.clone(),
            model: device.model.clone(),
            has_push_token: device.push_token.is_some(),
            last_seen_at: device.last_seen_at,
            created_at: device.created_at,
        }
    }
}

impl DeviceRegistration {
    /// What is registered under a name.
    #[must_use]
    pub fn named(self, device_id: String) -> rooms::NewDevice {
        let Self {
            platform,
            name,
            app_version,
            model,
            push_token,
        } = self;
        let push_token = push_token.map(rooms::PushToken);
        rooms::NewDevice {
            device_id,
            platform: platform.into(),
            name,
            app_version,
            model,
            push_token,
        }
    }
}

impl From<rooms::Platform> for Platform {
    fn from(platform: rooms::Platform) -> Self {
        match platform {
            rooms::Platform::Ios => Self::Ios,
            rooms::Platform::Android => Self::Android,
            rooms::Platform::Web => Self::Web,
            rooms::Platform::Desktop => Self::Desktop,
            rooms::Platform::Other => Self::Other,
        }
    }
}

impl From<Platform> for rooms::Platform {
    fn from(platform: Platform) -> Self {
        match platform {
            Platform::Ios => Self::Ios,
            Platform::Android => Self::Android,
            Platform::Web => Self::Web,
            Platform::Desktop => Self::Desktop,
            Platform::Other => Self::Other,
        }
    }
}
