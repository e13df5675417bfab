use base::{Patch, Timestamp};
use domain::devices;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::non_null::non_null;
use crate::schema;

/// A registered device of a user.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Device {
    /// The `device_id` with which the client connects.
    #[schema(value_type = schema::DeviceId)]
    pub device_id: String,
    /// Platform of the device.
    pub platform: Platform,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// App version.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub app_version: Option<String>,
    /// Device model.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub model: Option<String>,
    /// Whether a push token is registered; the token itself is never returned.
    pub has_push_token: bool,
    /// Time of the last connection or registration, accurate to a minute.
    #[schema(value_type = schema::Timestamp)]
    pub last_seen_at: Timestamp,
    /// Time of the first registration.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

/// Platform of a device.
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
    /// Any other platform.
    Other,
}

/// A device to register; omitted fields keep their value.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DeviceRegistration {
    /// Platform of the device.
    pub platform: Platform,
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
    /// App version.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub app_version: Option<String>,
    /// Device model.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub model: Option<String>,
    /// Push token. It is removed from another device that has the same token.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::PushToken>)]
    pub push_token: Option<String>,
}

/// Updates the given fields of a device; `null` removes a value.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct DevicePatch {
    /// Display name.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
}

impl From<&Entity<devices::Device>> for Device {
    fn from(device: &Entity<devices::Device>) -> Self {
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
    /// Converts a stored device.
    #[must_use]
    pub fn named(self, device_id: String) -> devices::NewDevice {
        let Self {
            platform,
            name,
            app_version,
            model,
            push_token,
        } = self;
        let push_token = push_token.map(devices::PushToken);
        devices::NewDevice {
            device_id,
            platform: platform.into(),
            name,
            app_version,
            model,
            push_token,
        }
    }
}
