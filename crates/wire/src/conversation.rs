use crate::ConversationId;
use crate::Message;
use crate::Metadata;
use crate::ParticipantRole;
use crate::RawMetadata;
use crate::UserId;
use crate::UserMap;
use crate::UserName;
use crate::UserSummary;
use crate::ids::stored;
use crate::message::raw;
use crate::non_null::non_null;
use crate::non_null::version;
use crate::schema;
use base::ExternalId;
use base::Patch;
use base::Result;
use base::Timestamp;
use domain::messaging;
use serde::Deserialize;
use serde::Serialize;
use std::sync::Arc;
use store::Entity;
use utoipa::ToSchema;

/// A conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Conversation {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: ConversationId,
    /// Conversation type.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// Display name.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// URL of a picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// External id of the tenant's own system.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// Visibility of a channel.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub visibility: Option<Visibility>,
    /// Custom data of the tenant.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// Number of participants; absent for a former participant.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub participant_count: Option<i64>,
    /// The user who created the conversation; absent if a server did.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub created_by: Option<UserId>,
    /// The client whose channel it is.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Id>)]
    pub client_user_id: Option<UserId>,
    /// Time until which the client's platform accepts messages other than templates.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Timestamp>)]
    pub window_ends_at: Option<Timestamp>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
    /// The log record of the last change: keep the state with the higher number.
    pub changed_seq: i64,
    /// The last record of the log; absent in events.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub head_seq: Option<i64>,
    /// The acting user's membership.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub my: Option<MyConversation>,
    /// The newest message, in lists; absent for an API key without `messages:read`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_message: Option<Box<Message>>,
    /// Both users of a direct conversation.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<Vec<UserSummary>>)]
    pub participants: Option<Vec<Arc<UserSummary>>>,
}

/// The acting user's membership of a conversation.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct MyConversation {
    /// Role of the user.
    pub role: ParticipantRole,
    /// Number of unread messages, at most 100.
    pub unread: i64,
    /// All records up to this one are read.
    pub read_seq: i64,
    /// All records up to this one are delivered.
    pub delivered_seq: i64,
}

/// Type of a conversation.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum ConversationType {
    /// Two users; there is one direct conversation per pair.
    Direct,
    /// Invited users.
    Group,
    /// Many users.
    Channel,
}

/// Visibility of a channel.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum Visibility {
    /// Every user of the tenant can find and join the channel.
    Public,
    /// Only added users.
    Private,
}

impl Conversation {
    /// Converts a stored conversation, without the fields that depend on the reader.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(conversation: &Entity<messaging::Conversation>) -> Result<Self> {
        Ok(Self {
            id: conversation.id,
            kind: conversation.r#type.into(),
            name: conversation.name.clone(),
            avatar_url: conversation.avatar_url.clone(),
            external_id: conversation.external_id.clone(),
            visibility: conversation.visibility.map(Into::into),
            metadata: conversation.metadata.as_ref().map(raw).transpose()?,
            participant_count: Some(conversation.participant_count),
            client_user_id: conversation.client_user_id,
            window_ends_at: conversation.window_ends_at,
            created_by: conversation.created_by,
            created_at: conversation.created_at,
            updated_at: conversation.updated_at,
            version: conversation.version,
            changed_seq: conversation.changed_seq.get(),
            head_seq: None,
            my: None,
            last_message: None,
            participants: None,
        })
    }

    /// Converts a conversation as the acting user sees it.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn seen(view: messaging::ConversationView, users: &UserMap) -> Result<Self> {
        let both = view.direct_users();
        let participant_count = (!view.is_past).then_some(view.conversation.participant_count);
        let last_message = view
            .last_message
            .map(|message| Message::of(message, users))
            .transpose()?;
        Ok(Self {
            participant_count,
            head_seq: Some(view.head_seq),
            my: view.membership.map(Into::into),
            last_message: last_message.map(Box::new),
            participants: both.map(|both| both.into_iter().map(|id| users.summary(id)).collect()),
            ..Self::of(&view.conversation)?
        })
    }

    /// Returns the users that the conversion needs.
    pub fn users_of(view: &messaging::ConversationView) -> impl Iterator<Item = UserId> + use<> {
        let sender = view
            .last_message
            .as_ref()
            .and_then(|message| message.sender_id);
        view.direct_users().into_iter().flatten().chain(sender)
    }
}

impl From<messaging::MembershipView> for MyConversation {
    fn from(membership: messaging::MembershipView) -> Self {
        Self {
            role: membership.role.into(),
            unread: i64::try_from(membership.unread).unwrap_or(i64::MAX),
            read_seq: membership.receipts.read_seq,
            delivered_seq: membership.receipts.delivered_seq,
        }
    }
}

/// A conversation to create. An existing one with the same `external_id`, or of the same two
/// users, is returned instead.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// Conversation type.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// Display name. Not allowed for a direct conversation.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
    /// URL of a picture.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Option<String>,
    /// External id, unique within the tenant. Users may set it only with the setting
    /// `users_set_external_ids`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// Visibility of a channel; defaults to `private`.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// Custom data of the tenant.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<Metadata>,
    /// The other participants; the acting user is always a participant.
    #[serde(default)]
    #[schema(schema_with = schema::user_names)]
    pub participants: Vec<UserName>,
}

/// Updates the given fields of a conversation; `null` removes a value.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationPatch {
    /// Display name.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
    /// URL of a picture.
    #[serde(default)]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Patch<String>,
    /// Custom data; replaces the previous data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// Visibility of the channel.
    #[serde(default, deserialize_with = "non_null")]
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// The expected version. Fails with 409 `version_conflict` if the version differs.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}

impl From<NewConversation> for messaging::NewConversation {
    fn from(new: NewConversation) -> Self {
        Self {
            r#type: new.kind.into(),
            visibility: new.visibility.map(Into::into),
            name: new.name,
            avatar_url: new.avatar_url,
            external_id: new.external_id,
            metadata: new.metadata.map(stored),
            participants: new.participants,
            client_user_id: None,
        }
    }
}

impl From<ConversationPatch> for messaging::ConversationPatch {
    fn from(patch: ConversationPatch) -> Self {
        Self {
            name: patch.name,
            avatar_url: patch.avatar_url,
            metadata: patch.metadata.map(stored),
            visibility: patch.visibility.map(Into::into),
            version: patch.version,
        }
    }
}
