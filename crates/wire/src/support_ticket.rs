use base::{Patch, Timestamp};
use domain::messaging;
use domain::support;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::non_null::{non_null, version};
use crate::{ConversationId, IntegrationId, UserId, UserName, schema};

/// State of a ticket.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketStatus {
    /// The client waits for an answer.
    Open,
    /// Staff have answered.
    Pending,
    /// Nothing is to be done until a time.
    Snoozed,
    /// Done; a message of the client opens it again.
    Resolved,
}

/// Order of a list of tickets.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum TicketOrder {
    /// By the newest message.
    #[default]
    Activity,
    /// By the time that the client has waited.
    Waiting,
    /// By the end of the customer service window.
    Window,
}

/// The ticket of a client's channel.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct SupportTicket {
    /// The channel.
    #[schema(value_type = schema::Id)]
    pub conversation_id: ConversationId,
    /// The client.
    #[schema(value_type = schema::Id)]
    pub client_user_id: UserId,
    /// The integration from which the client has written last.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub platform_integration_id: Option<IntegrationId>,
    /// State of the ticket.
    pub status: TicketStatus,
    /// The user who works on it.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub assignee_id: Option<UserId>,
    /// Time of the client's first message that has no answer.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub waiting_since: Option<Timestamp>,
    /// Time until which the client may be answered with more than templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub window_ends_at: Option<Timestamp>,
    /// Time at which a snoozed ticket opens again.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub snoozed_until: Option<Timestamp>,
    /// Time of the newest message.
    #[schema(value_type = schema::Timestamp)]
    pub last_message_at: Timestamp,
    /// Labels.
    pub labels: Vec<String>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
}

/// Updates the given fields of a ticket.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct SupportTicketPatch {
    /// State of the ticket. `snoozed` requires `snoozed_until`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub status: Option<TicketStatus>,
    /// The user who works on it; becomes a participant of the channel. `null` releases the ticket.
    #[serde(default)]
    #[schema(value_type = Option<schema::Named>)]
    pub assignee: Patch<UserName>,
    /// Time at which a snoozed ticket opens again.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::omittable::<schema::Timestamp>)]
    pub snoozed_until: Option<Timestamp>,
    /// Labels, as a complete list.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(schema_with = schema::ticket_labels)]
    pub labels: Option<Vec<String>>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

impl From<&Entity<messaging::SupportTicket>> for SupportTicket {
    fn from(ticket: &Entity<messaging::SupportTicket>) -> Self {
        let labels = ticket.labels.as_ref();
        Self {
            conversation_id: ticket.conversation_id,
            client_user_id: ticket.client_user_id,
            platform_integration_id: ticket.platform_integration_id.map(base::Id::new),
            status: ticket.status.into(),
            assignee_id: ticket.assignee_id,
            waiting_since: ticket.waiting_since,
            window_ends_at: ticket.window_ends_at,
            snoozed_until: ticket.snoozed_until,
            last_message_at: ticket.last_message_at,
            labels: labels.map(|labels| labels.0.clone()).unwrap_or_default(),
            created_at: ticket.created_at,
            version: ticket.version,
        }
    }
}

impl From<SupportTicketPatch> for support::TicketChanges {
    fn from(patch: SupportTicketPatch) -> Self {
        Self {
            status: patch.status.map(Into::into),
            assignee: patch.assignee,
            snoozed_until: patch.snoozed_until,
            labels: patch.labels,
            version: patch.version,
        }
    }
}
