use base::Result;
use domain::profiles as room;
use domain::users::UserSummary;
use store::{Entity, RawJson};

use super::raw;
use crate::ids::stored;
use crate::{Profile, ProfileContent, Viewer};

impl Profile {
    /// A profile as the onlooker may see it, with the user's name and picture.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(
        profile: &Entity<room::Profile>,
        card: &UserSummary,
        onlooker: Viewer,
    ) -> Result<Self> {
        Ok(Self {
            id: profile.id,
            user_id: profile.user_id,
            display_name: card.display_name.clone(),
            avatar_url: card.avatar_url.clone(),
            avatar_thumbnail_url: profile.avatar_thumbnail_url.clone(),
            bio: profile.bio.clone(),
            metadata: profile
                .metadata
                .as_ref()
                .filter(|_| onlooker.is_own(profile.user_id))
                .map(raw)
                .transpose()?,
            created_at: profile.created_at,
            updated_at: profile.updated_at,
            version: profile.version,
        })
    }
}

impl ProfileContent {
    /// What is stored, to be changed.
    ///
    /// # Errors
    /// When what is stored is no JSON.
    pub fn of(content: room::ProfileContent) -> Result<Self> {
        let room::ProfileContent {
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

impl From<ProfileContent> for room::ProfileContent {
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
