use base::{Id, Timestamp};
use serde::{Deserialize, Serialize};
use store::{Column, Json, collection, string_enum};

use crate::key_ring::Sealed;
use crate::leases::Work;
use crate::messaging::{Conversation, MessageSource};
use crate::users::User;

string_enum! {
    /// Platform of an integration.
    #[derive(Serialize, Deserialize)]
    #[serde(rename_all = "snake_case")]
    pub enum Platform {
        /// WhatsApp Business.
        Whatsapp = "whatsapp",
        /// Instagram Business.
        Instagram = "instagram",
    }
}

string_enum! {
    /// State of a link between a client and a platform.
    pub enum VerificationStatus {
        /// A code was created and not received yet.
        Pending = "pending",
        /// The client has written from the platform.
        Verified = "verified",
        /// Too many wrong codes.
        Rejected = "rejected",
    }
}

string_enum! {
    /// Kind of an id by which a platform names a person.
    pub enum AliasKind {
        /// Business-scoped user id of WhatsApp.
        Bsuid = "bsuid",
        /// Business-scoped user id of the parent portfolio.
        ParentBsuid = "parent_bsuid",
        /// Phone number, in international format without `+`.
        Phone = "phone",
        /// Instagram-scoped user id.
        Igsid = "igsid",
    }
}

string_enum! {
    /// State of a webhook event.
    pub enum WebhookEventState {
        /// To be processed.
        Pending = "pending",
        /// Processed.
        Processed = "processed",
        /// Not relevant for any conversation.
        Ignored = "ignored",
        /// Could not be processed; can be replayed.
        Failed = "failed",
    }
}

impl Platform {
    /// Returns the source of messages of this platform.
    #[must_use]
    pub const fn source(self) -> MessageSource {
        match self {
            Self::Whatsapp => MessageSource::Whatsapp,
            Self::Instagram => MessageSource::Instagram,
        }
    }
}

/// Treatment of messages from senders without a link.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UnknownSender {
    /// Creates a client and their channel.
    #[default]
    Create,
    /// Ignores the message.
    Ignore,
}

/// Settings of an integration.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct IntegrationSettings {
    /// Treatment of messages from senders without a link.
    #[serde(default)]
    pub unknown_sender: UnknownSender,
    /// Users who become participants of each new channel.
    #[serde(default)]
    pub staff: Vec<Id<User>>,
    /// Version of the Graph API, such as `v23.0`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub graph_version: Option<String>,
}

/// Secrets of an integration, encrypted under the master key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct IntegrationSecrets {
    /// Access token of the Graph API.
    pub access_token: Sealed,
    /// App secret, which signs webhooks.
    pub app_secret: Sealed,
    /// Verify token of the webhook handshake.
    pub verify_token: Sealed,
}

collection! {
    /// A connection of the tenant to a WhatsApp Business or Instagram account.
    pub struct PlatformIntegration: TenantData "platform_integrations" {
        /// Platform.
        platform: Platform,
        /// Display name.
        integration_name: String,
        /// Phone number as displayed; WhatsApp only.
        business_phone: Option<String>,
        /// Id of the WhatsApp Business or Instagram account.
        business_account_id: String,
        /// Id of the phone number in the Graph API; WhatsApp only.
        phone_number_id: Option<String>,
        /// Id by which webhooks name the integration; released when it is deleted.
        routing_id: Option<String>,
        /// Settings.
        settings: Json<IntegrationSettings>,
        /// Encrypted secrets.
        secrets: Json<IntegrationSecrets>,
        /// Whether messages are received and sent.
        is_active: bool,
        /// Why the access token must be renewed.
        reauthorization_reason: Option<String>,
        /// The user who created it; absent if the tenant's server did.
        created_by: Option<Id<User>>,
    }
    soft_delete: true;
    indexes {
        /// Lists all integrations.
        by_created: None [created_at];
        by_routing_id: UniqueWhenPresent [platform, routing_id];
    }
    personal {
        created_by: keep;
    }
}

collection! {
    /// A link between a client and the account from which they write.
    pub struct ClientPlatformLink: TenantData "client_platform_links" {
        /// The client.
        client_user_id: Id<User>,
        /// The integration.
        platform_integration_id: Id<PlatformIntegration>,
        /// Id of the client at the platform; absent while the link is pending.
        platform_user_id: Option<String>,
        /// Keyed hash of the verification code.
        verification_code: Option<String>,
        /// State of the link.
        verification_status: VerificationStatus,
        /// Number of wrong codes.
        attempts: i64,
        /// Expiry of the code.
        code_expires_at: Option<Timestamp>,
        /// Time of the verification.
        verified_at: Option<Timestamp>,
        /// Time of the client's newest message.
        last_inbound_at: Option<Timestamp>,
        /// Time until which the client may be answered freely.
        window_ends_at: Option<Timestamp>,
    }
    indexes {
        by_client: Unique [client_user_id, platform_integration_id];
        by_platform_user: UniqueWhenPresent [platform_integration_id, platform_user_id];
        /// Lists the links of an integration.
        by_integration: None [platform_integration_id];
    }
    personal {
        client_user_id: purge by by_client;
    }
}

collection! {
    /// An id by which a platform names a linked client. A client may have several.
    pub struct ClientPlatformAlias: TenantData "client_platform_aliases" {
        /// The integration.
        platform_integration_id: Id<PlatformIntegration>,
        /// Kind of the id.
        kind: AliasKind,
        /// The id.
        value: String,
        /// The link.
        link_id: Id<ClientPlatformLink>,
        /// The client.
        client_user_id: Id<User>,
    }
    indexes {
        by_value: Unique [platform_integration_id, kind, value];
        by_link: None [link_id, kind];
        by_client: None [client_user_id];
    }
    personal {
        client_user_id: purge by by_client;
    }
}

collection! {
    /// Assignment of a client to their channel. Former ones are kept.
    pub struct ClientChannelAssignment: TenantData "client_channel_assignments" {
        /// The client.
        client_user_id: Id<User>,
        /// The channel.
        channel_id: Id<Conversation>,
        /// The user who assigned it; absent for a server.
        assigned_by: Option<Id<User>>,
        /// Time of the assignment.
        assigned_at: Timestamp,
        /// Whether it is the current one; absent otherwise, so that former ones violate no index.
        is_active: Option<bool>,
    }
    indexes {
        /// A client has one channel.
        active_client: UniqueWhenPresent [client_user_id, is_active];
        /// A channel has one client.
        active_channel: UniqueWhenPresent [channel_id, is_active];
        /// Lists the assignments of a client.
        by_client: None [client_user_id, assigned_at];
        by_channel: None [channel_id];
    }
    personal {
        client_user_id: purge by by_client;
        assigned_by: keep;
    }
}

collection! {
    /// An update that a platform has sent. Kept for 30 days.
    pub struct WebhookEvent: TenantData "webhook_events" {
        /// The platform.
        platform: Platform,
        /// Kind of the update: `message`, `status`, or the field of the webhook.
        kind: String,
        /// Hash by which a repeated update is recognized.
        event_key: String,
        /// Account to which the update belongs.
        account_id: Option<String>,
        /// Id of the message at the platform.
        external_id: Option<String>,
        /// Id of the person at the platform.
        alias: Option<String>,
        /// Updates of the same person are processed in order; absent once it is processed.
        lane: Option<String>,
        /// Position in the order of arrival.
        position: i64,
        /// The client, once known.
        user_id: Option<Id<User>>,
        /// The message, once stored.
        message_id: Option<Id<crate::messaging::Message>>,
        /// State of the event.
        state: WebhookEventState,
        /// Why it was ignored or failed.
        detail: Option<String>,
        /// The update, encrypted.
        payload: Json<Sealed>,
        /// Time of the next attempt; while leased, the end of the lease.
        due_at: Option<Timestamp>,
        /// Number of attempts started.
        attempts: i64,
        /// Expiry time.
        expires_at: Timestamp,
    }
    expires: expires_at;
    due: due_at;
    indexes {
        by_key: Unique [event_key];
        by_lane: None [lane, position];
        /// Lists all events.
        by_position: None [position];
        /// Lists the events of a state.
        by_state: None [state, position];
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

impl Work for WebhookEvent {
    const DUE: Column<Self, Timestamp> = Self::due_at;
    const ATTEMPTS: Column<Self, i64> = Self::attempts;
}
