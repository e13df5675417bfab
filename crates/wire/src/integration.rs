use base::Timestamp;
use domain::integrations;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;
use zeroize::Zeroizing;

use crate::non_null::{non_null, version};
use crate::{UserId, UserName, schema};

/// Id of an integration.
pub type IntegrationId = base::Id<integrations::PlatformIntegration>;

/// A connection of the tenant to a WhatsApp Business or Instagram account. Its secrets are never
/// returned.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Integration {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: IntegrationId,
    /// Platform.
    pub platform: MessagingPlatform,
    /// Display name.
    pub integration_name: String,
    /// URL to enter as callback URL of the webhook at Meta.
    pub webhook_url: String,
    /// Phone number as displayed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub business_phone: Option<String>,
    /// Id of the WhatsApp Business or Instagram account.
    pub business_account_id: String,
    /// Id of the phone number in the Graph API; WhatsApp only.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phone_number_id: Option<String>,
    /// Settings.
    pub settings: IntegrationSettings,
    /// Whether messages are received and sent.
    pub is_active: bool,
    /// Whether the access token must be renewed.
    pub reauthorization_required: bool,
    /// Why the access token must be renewed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reauthorization_reason: Option<String>,
    /// The user who created it; absent for a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub created_by: Option<UserId>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
}

/// Platform of an integration.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum MessagingPlatform {
    /// WhatsApp Business.
    Whatsapp,
    /// Instagram Business.
    Instagram,
}

/// Treatment of messages from senders without a link to a client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSender {
    /// Creates a client and their channel.
    Create,
    /// Ignores the message.
    Ignore,
}

/// Settings of an integration.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct IntegrationSettings {
    /// Treatment of messages from senders without a link to a client.
    pub unknown_sender: UnknownSender,
    /// Users who become participants of each new channel.
    #[schema(schema_with = schema::ids)]
    pub staff: Vec<UserId>,
    /// Version of the Graph API; the server's default if absent.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::GraphVersion>)]
    pub graph_version: Option<String>,
}

/// Settings to change; omitted fields keep their value.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrationSettingsPatch {
    /// Treatment of messages from senders without a link to a client. The default is `create`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub unknown_sender: Option<UnknownSender>,
    /// Users who become participants of each new channel, as a complete list.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::staff)]
    pub staff: Option<Vec<UserName>>,
    /// Version of the Graph API.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::omittable::<schema::GraphVersion>)]
    pub graph_version: Option<String>,
}

/// An integration to create.
#[derive(Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewIntegration {
    /// Platform.
    pub platform: MessagingPlatform,
    /// Display name.
    #[schema(value_type = schema::Name)]
    pub integration_name: String,
    /// Phone number as displayed.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub business_phone: Option<String>,
    /// Id of the WhatsApp Business or Instagram account.
    #[schema(value_type = schema::GraphId)]
    pub business_account_id: String,
    /// Id of the phone number in the Graph API. Required for WhatsApp, not allowed for Instagram.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::GraphId>)]
    pub phone_number_id: Option<String>,
    /// Access token of the Graph API.
    #[schema(value_type = schema::PlatformSecret)]
    pub access_token: String,
    /// App secret, which signs webhooks.
    #[schema(value_type = schema::PlatformSecret)]
    pub app_secret: String,
    /// Verify token of the webhook handshake, chosen by the tenant.
    #[schema(value_type = schema::PlatformSecret)]
    pub verify_token: String,
    /// Settings.
    #[serde(default)]
    pub settings: IntegrationSettingsPatch,
}

/// Updates the given fields of an integration.
#[derive(Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct IntegrationPatch {
    /// Display name.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::omittable::<schema::Name>)]
    pub integration_name: Option<String>,
    /// Phone number as displayed.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::omittable::<schema::Name>)]
    pub business_phone: Option<String>,
    /// Access token of the Graph API; replaces the previous one at once.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::omittable::<schema::PlatformSecret>)]
    pub access_token: Option<String>,
    /// App secret.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::omittable::<schema::PlatformSecret>)]
    pub app_secret: Option<String>,
    /// Verify token.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::omittable::<schema::PlatformSecret>)]
    pub verify_token: Option<String>,
    /// Settings to change.
    #[serde(default)]
    pub settings: IntegrationSettingsPatch,
    /// Whether messages are received and sent.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub is_active: Option<bool>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

impl Integration {
    /// Converts a stored integration with the URL of its webhook.
    #[must_use]
    pub fn of(
        integration: &Entity<integrations::PlatformIntegration>,
        webhook_url: String,
    ) -> Self {
        let settings = &integration.settings.0;
        Self {
            id: integration.id,
            platform: integration.platform.into(),
            integration_name: integration.integration_name.clone(),
            webhook_url,
            business_phone: integration.business_phone.clone(),
            business_account_id: integration.business_account_id.clone(),
            phone_number_id: integration.phone_number_id.clone(),
            settings: IntegrationSettings {
                unknown_sender: settings.unknown_sender.into(),
                staff: settings.staff.clone(),
                graph_version: settings.graph_version.clone(),
            },
            is_active: integration.is_active,
            reauthorization_required: integration.reauthorization_reason.is_some(),
            reauthorization_reason: integration.reauthorization_reason.clone(),
            created_by: integration.created_by,
            created_at: integration.created_at,
            updated_at: integration.updated_at,
            version: integration.version,
        }
    }
}

impl From<IntegrationSettingsPatch> for integrations::SettingsChanges {
    fn from(patch: IntegrationSettingsPatch) -> Self {
        Self {
            unknown_sender: patch.unknown_sender.map(Into::into),
            staff: patch.staff,
            graph_version: patch.graph_version,
        }
    }
}

impl From<NewIntegration> for integrations::NewIntegration {
    fn from(new: NewIntegration) -> Self {
        Self {
            platform: new.platform.into(),
            integration_name: new.integration_name,
            business_phone: new.business_phone,
            business_account_id: new.business_account_id,
            phone_number_id: new.phone_number_id,
            access_token: Zeroizing::new(new.access_token),
            app_secret: Zeroizing::new(new.app_secret),
            verify_token: Zeroizing::new(new.verify_token),
            settings: new.settings.into(),
        }
    }
}

impl From<IntegrationPatch> for integrations::IntegrationChanges {
    fn from(patch: IntegrationPatch) -> Self {
        Self {
            integration_name: patch.integration_name,
            business_phone: patch.business_phone,
            access_token: patch.access_token.map(Zeroizing::new),
            app_secret: patch.app_secret.map(Zeroizing::new),
            verify_token: patch.verify_token.map(Zeroizing::new),
            settings: patch.settings.into(),
            is_active: patch.is_active,
            version: patch.version,
        }
    }
}
