use crate::MergePatch;
use crate::Metadata;
use crate::RawMetadata;
use crate::UserId;
use crate::Viewer;
use crate::ids::stored;
use crate::message::raw;
use crate::non_null::non_null;
use crate::schema;
use base::Result;
use base::Timestamp;
use domain::media::avatar_thumbnail;
use domain::users::UserSummary;
use domain::users::profile;
use serde::Deserialize;
use serde::Serialize;
use store::Entity;
use store::RawJson;
use utoipa::ToSchema;

/// Profile of a user, with their name and picture.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Profile {
    /// Unique id.
    #[schema(value_type = schema::Id)]
    pub id: crate::ProfileId,
    /// The user.
    #[schema(value_type = schema::Id)]
    pub user_id: UserId,
    /// Display name; the user's `name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub display_name: Option<String>,
    /// URL of the user's picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_url: Option<String>,
    /// URL of a thumbnail of the picture.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub avatar_thumbnail_url: Option<String>,
    /// Short description.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bio: Option<String>,
    /// Custom data; visible to the tenant's servers and the user only.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<RawMetadata>,
    /// Creation time.
    #[schema(value_type = schema::Timestamp)]
    pub created_at: Timestamp,
    /// Time of the last update.
    #[schema(value_type = schema::Timestamp)]
    pub updated_at: Timestamp,
    /// Version; increases with each update.
    pub version: i64,
}

/// Fields of a profile that a request can update.
#[derive(Debug, Clone, Default, Serialize, Deserialize, ToSchema)]
#[serde(default, deny_unknown_fields)]
pub struct ProfileContent {
    /// Short description.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Bio>)]
    pub bio: Option<String>,
    /// URL of a thumbnail of the user's picture.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Url>)]
    pub avatar_thumbnail_url: Option<String>,
    /// Custom data of the tenant, merged key by key.
    #[serde(deserialize_with = "non_null", skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<schema::Metadata>)]
    pub metadata: Option<Metadata>,
}

/// Updates the given fields of a profile.
pub type ProfilePatch = MergePatch<ProfileContent>;

impl Profile {
    /// Converts a profile as the viewer may see it, with the user's name and picture.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(
        profile: &Entity<profile::Profile>,
        user: &UserSummary,
        viewer: Viewer,
    ) -> Result<Self> {
        Ok(Self {
            id: profile.id,
            user_id: profile.user_id,
            display_name: user.display_name.clone(),
            avatar_url: user.avatar_url.clone(),
            avatar_thumbnail_url: profile.avatar_thumbnail_url.clone().or_else(|| {
                let avatar_url = user.avatar_url.as_deref()?;
                avatar_thumbnail(avatar_url)
            }),
            bio: profile.bio.clone(),
            metadata: profile
                .metadata
                .as_ref()
                .filter(|_| viewer.is_own(profile.user_id))
                .map(raw)
                .transpose()?,
            created_at: profile.created_at,
            updated_at: profile.updated_at,
            version: profile.version,
        })
    }
}

impl ProfileContent {
    /// Converts the stored fields, to apply a patch.
    ///
    /// # Errors
    /// Fails if the stored data is not valid JSON.
    pub fn of(content: profile::ProfileContent) -> Result<Self> {
        let profile::ProfileContent {
            bio,
            avatar_thumbnail_url,
            metadata,
        } = content;
        let object = |RawJson(text)| serde_json::from_str(&text).map_err(base::Error::internal);
        Ok(Self {
            bio,
            avatar_thumbnail_url,
            metadata: metadata.map(object).transpose()?,
        })
    }
}

impl From<ProfileContent> for profile::ProfileContent {
    fn from(content: ProfileContent) -> Self {
        let ProfileContent {
            bio,
            avatar_thumbnail_url,
            metadata,
        } = content;
        Self {
            bio,
            avatar_thumbnail_url,
            metadata: metadata.map(stored),
        }
    }
}
