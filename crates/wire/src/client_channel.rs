use base::Timestamp;
use domain::integrations;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::{ConversationId, IntegrationId, UserId, UserName, schema};

/// State of a link between a client and a platform.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum VerificationStatus {
    /// A code was created and not received yet.
    Pending,
    /// The client has written from the platform.
    Verified,
    /// Too many wrong codes.
    Rejected,
}

/// Kind of an id by which a platform names a person.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum PlatformAliasKind {
    /// Business-scoped user id of WhatsApp.
    Bsuid,
    /// Business-scoped user id of the parent portfolio.
    ParentBsuid,
    /// Phone number in international format, without `+`.
    Phone,
    /// Instagram-scoped user id.
    Igsid,
}

/// An id by which a platform names a client.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlatformAlias {
    /// Kind of the id.
    pub kind: PlatformAliasKind,
    /// The id.
    pub value: String,
}

/// A link between a client and the account from which they write.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct PlatformLink {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: base::ObjectId,
    /// The client.
    #[schema(value_type = schema::Id)]
    pub client_user_id: UserId,
    /// The integration.
    #[schema(value_type = schema::Id)]
    pub platform_integration_id: IntegrationId,
    /// Id of the client at the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub platform_user_id: Option<String>,
    /// All ids by which the platform names the client.
    pub aliases: Vec<PlatformAlias>,
    /// State of the link.
    pub verification_status: VerificationStatus,
    /// Time of the verification.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub verified_at: Option<Timestamp>,
    /// Time of the client's newest message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub last_inbound_at: Option<Timestamp>,
    /// Time until which the client may be answered with more than templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub window_ends_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

/// Assignment of a client to their channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct ChannelAssignment {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: base::ObjectId,
    /// The client.
    #[schema(value_type = schema::Id)]
    pub client_user_id: UserId,
    /// The channel.
    #[schema(value_type = schema::Id)]
    pub channel_id: ConversationId,
    /// The user who assigned it; absent for a server.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub assigned_by: Option<UserId>,
    /// Time of the assignment.
    #[schema(value_type = schema::Timestamp)]
    pub assigned_at: Timestamp,
    /// Whether it is the client's current channel.
    pub is_active: bool,
}

/// A channel to create for a client.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewChannelAssignment {
    /// Users who become participants of the channel.
    #[serde(default)]
    #[schema(schema_with = schema::staff)]
    pub staff: Vec<UserName>,
}

impl PlatformLink {
    /// Converts a stored link with the aliases of its client.
    #[must_use]
    pub fn of(
        link: &Entity<integrations::ClientPlatformLink>,
        aliases: &[Entity<integrations::ClientPlatformAlias>],
    ) -> Self {
        let own = aliases.iter().filter(|alias| alias.link_id == link.id);
        Self {
            id: link.id.object_id(),
            client_user_id: link.client_user_id,
            platform_integration_id: link.platform_integration_id,
            platform_user_id: link.platform_user_id.clone(),
            aliases: own
                .map(|alias| PlatformAlias {
                    kind: alias.kind.into(),
                    value: alias.value.clone(),
                })
                .collect(),
            verification_status: link.verification_status.into(),
            verified_at: link.verified_at,
            last_inbound_at: link.last_inbound_at,
            window_ends_at: link.window_ends_at,
            created_at: link.created_at,
        }
    }
}

impl From<&Entity<integrations::ClientChannelAssignment>> for ChannelAssignment {
    fn from(assignment: &Entity<integrations::ClientChannelAssignment>) -> Self {
        Self {
            id: assignment.id.object_id(),
            client_user_id: assignment.client_user_id,
            channel_id: assignment.channel_id,
            assigned_by: assignment.assigned_by,
            assigned_at: assignment.assigned_at,
            is_active: assignment.is_active.unwrap_or(false),
        }
    }
}
