use base::Timestamp;
use domain::integrations;
use serde::{Deserialize, Serialize};
use store::Entity;
use utoipa::ToSchema;

use crate::{MessageId, MessagingPlatform, UserId, schema};

/// State of a webhook event.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum WebhookEventState {
    /// To be processed.
    Pending,
    /// Processed.
    Processed,
    /// Without an effect.
    Ignored,
    /// Could not be processed; can be replayed.
    Failed,
}

/// An update that a platform has sent. Its content is not returned.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookEvent {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: base::ObjectId,
    /// Platform.
    pub platform: MessagingPlatform,
    /// Kind: `message`, `reaction`, `status`, `deletion`, `echo`, `unreadable`, or the field of the webhook.
    pub kind: String,
    /// Account to which it belongs.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// Id of the message at the platform.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub external_id: Option<String>,
    /// The client.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub user_id: Option<UserId>,
    /// The message.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub message_id: Option<MessageId>,
    /// State of the event.
    pub state: WebhookEventState,
    /// Why it was ignored or failed.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub detail: Option<String>,
    /// Number of attempts to process it.
    pub attempts: i64,
    /// Time of arrival.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
}

/// Webhook events to process again.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct WebhookReplay {
    /// State of the events.
    pub state: WebhookEventState,
}

/// Result of a replay.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct WebhookReplayed {
    /// Number of events that will be processed again.
    pub events: usize,
}

impl From<&Entity<integrations::WebhookEvent>> for WebhookEvent {
    fn from(event: &Entity<integrations::WebhookEvent>) -> Self {
        Self {
            id: event.id.object_id(),
            platform: event.platform.into(),
            kind: event.kind.clone(),
            account_id: event.account_id.clone(),
            external_id: event.external_id.clone(),
            user_id: event.user_id,
            message_id: event.message_id,
            state: event.state.into(),
            detail: event.detail.clone(),
            attempts: event.attempts,
            created_at: event.created_at,
        }
    }
}
