use base::{ExternalId, Patch};
use serde::Deserialize;
use utoipa::ToSchema;

use crate::given::{given, version};
use crate::{ConversationType, Metadata, UserName, Visibility, schema};

/// Makes a conversation, or gets the one with this `external_id` or these two users.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct NewConversation {
    /// What kind it is.
    #[serde(rename = "type")]
    pub kind: ConversationType,
    /// What people see. Not for a direct conversation.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Option<String>,
    /// A picture.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Option<String>,
    /// The tenant's own id, unique within the tenant; for servers, unless the setting `users_set_external_ids` is on.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::ExternalId>)]
    pub external_id: Option<ExternalId>,
    /// For a channel; `private` when not given.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// Free data of the tenant.
    #[serde(default, deserialize_with = "given")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<Metadata>,
    /// Who takes part, the acting user aside, who always does.
    #[serde(default)]
    #[schema(schema_with = schema::user_names)]
    pub participants: Vec<UserName>,
}

/// Changes the given fields of a conversation; `null` clears.
#[derive(Debug, Clone, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub struct ConversationPatch {
    /// What people see.
    #[serde(default)]
    #[schema(value_type = Option<schema::Name>)]
    pub name: Patch<String>,
    /// A picture.
    #[serde(default)]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_url: Patch<String>,
    /// Replaces the free data.
    #[serde(default)]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Patch<Metadata>,
    /// Who may find and join the channel.
    #[serde(default, deserialize_with = "given")]
    #[schema(nullable = false)]
    pub visibility: Option<Visibility>,
    /// The version that was read; another one that stands is 409 `version_conflict`.
    #[serde(default, deserialize_with = "version")]
    #[schema(minimum = 1, nullable = false)]
    pub version: Option<i64>,
}
