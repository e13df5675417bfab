use base::Id;
use store::{Changes, Column, Index, RawJson};

use super::{Companion, User};

store::collection! {
    /// What a user tells of themselves. Name and picture are the user's own and are not copied here.
    pub struct Profile: TenantData "profiles" {
        /// Whose it is.
        user_id: Id<User>,
        /// A few sentences.
        bio: Option<String>,
        /// A small version of the user's picture, by http or https.
        avatar_thumbnail_url: Option<String>,
        /// An object of the tenant's own.
        metadata: Option<RawJson>,
    }
    indexes {
        /// Keeps a user to one profile.
        by_user: Unique [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

impl Companion for Profile {
    const BY_USER: Index<Self> = Self::by_user;
    const USER: Column<Self, Id<User>> = Self::user_id;

    fn blank(user_id: Id<User>) -> Self {
        Self {
            user_id,
            bio: None,
            avatar_thumbnail_url: None,
            metadata: None,
        }
    }

    fn user(&self) -> Id<User> {
        self.user_id
    }

    fn difference(from: &Self, to: &Self) -> Changes<Self> {
        let mut changes = Changes::new();
        if from.bio != to.bio {
            changes = changes.put(Self::bio, to.bio.clone());
        }
        if from.avatar_thumbnail_url != to.avatar_thumbnail_url {
            changes = changes.put(Self::avatar_thumbnail_url, to.avatar_thumbnail_url.clone());
        }
        if from.metadata != to.metadata {
            changes = changes.put(Self::metadata, to.metadata.clone());
        }
        changes
    }
}

/// What a user can say in a profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileContent {
    /// A few sentences, at most [`base::limit::BIO_LENGTH`] characters.
    pub bio: Option<String>,
    /// A small version of the user's picture, by http or https.
    pub avatar_thumbnail_url: Option<String>,
    /// An object of the tenant's own, at most [`base::limit::METADATA_BYTES`].
    pub metadata: Option<RawJson>,
}

impl Profile {
    /// What the user said.
    #[must_use]
    pub fn content(&self) -> ProfileContent {
        let Self {
            bio,
            avatar_thumbnail_url,
            metadata,
            ..
        } = self.clone();
        ProfileContent {
            bio,
            avatar_thumbnail_url,
            metadata,
        }
    }
}
