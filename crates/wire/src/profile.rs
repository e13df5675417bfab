use base::Timestamp;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::given::given;
use crate::{MergePatch, Metadata, RawMetadata, UserId, schema};

/// What a user tells of themselves, beside their name and picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Profile {
    /// The id.
    #[schema(value_type = schema::Id)]
    pub id: crate::ProfileId,
    /// Whose it is.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// What others see; the user's `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// The user's picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// A small version of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_thumbnail_url: Option<String>,
    /// A few sentences.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Shown to the tenant's servers and to the user only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// When the profile was made.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// When it was changed last.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Rises with each change.
    pub version: i64,
}

/// What a profile says that a request can change.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileContent {
    /// A few sentences.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Bio>)]
    pub bio: Option<String>,
    /// A small version of the user's picture.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_thumbnail_url: Option<String>,
    /// Free data of the tenant, merged key by key.
    #[serde(deserialize_with = "given", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<Metadata>,
}

/// Changes what is given of a profile.
pub type ProfilePatch = MergePatch<ProfileContent>;
