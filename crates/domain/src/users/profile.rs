use std::collections::HashMap;

use base::{Id, Result, limit};
use store::{Batch, Changes, Column, Entity, Index, RawJson, TenantData, TenantStore};

use super::{PerUserDocument, User, get_or_create, get_or_create_many, update_document};
use crate::Actor;
use crate::user_log::{UserEvent, tell};
use crate::validation::{self, ValidationErrors};

store::collection! {
    /// Profile of a user. Name and avatar are fields of the user and not copied here.
    pub struct Profile: TenantData "profiles" {
        /// Owner of the profile.
        user_id: Id<User>,
        /// Short biography.
        bio: Option<String>,
        /// URL of a small version of the avatar, http or https.
        avatar_thumbnail_url: Option<String>,
        /// Object defined by the tenant.
        metadata: Option<RawJson>,
    }
    indexes {
        /// Allows one document per user.
        by_user: Unique [user_id];
    }
    personal {
        user_id: purge by by_user;
    }
}

impl PerUserDocument for Profile {
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

/// Content of a user's profile.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ProfileContent {
    /// Short biography, at most [`base::limit::BIO_LENGTH`] characters.
    pub bio: Option<String>,
    /// URL of a small version of the avatar, http or https.
    pub avatar_thumbnail_url: Option<String>,
    /// Object defined by the tenant, at most [`base::limit::METADATA_BYTES`].
    pub metadata: Option<RawJson>,
}

impl Profile {
    /// Returns the content.
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

/// Returns the profile of an existing user, creating it on first access. It is visible to all who
/// can see the user, except for its metadata, which only the user and their server may read.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn get(tenant: &TenantStore, user: Id<User>) -> Result<Entity<Profile>> {
    get_or_create(tenant, user).await
}

/// Returns the profiles of existing users, creating missing ones. Uses one read if all exist.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn get_many(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Entity<Profile>>> {
    get_or_create_many(tenant, users).await
}

/// Updates a profile and notifies the user's devices. `change` returns the new content for the
/// current one. If `version` is given, the stored version must match. Users may change their own
/// profile, a server any profile.
///
/// # Errors
/// 403 `forbidden`, 409 `version_conflict`, 400 with the invalid fields.
pub async fn update(
    tenant: &TenantStore,
    actor: Actor,
    user: Id<User>,
    version: Option<i64>,
    change: impl Fn(ProfileContent) -> Result<ProfileContent> + Send + Sync,
) -> Result<Entity<Profile>> {
    actor.must_be(user, "A user can change only their own profile.")?;
    let changed = |present: &Profile| {
        let ProfileContent {
            bio,
            avatar_thumbnail_url,
            metadata,
        } = validated(change(present.content())?, present)?;
        Ok(Profile {
            user_id: user,
            bio,
            avatar_thumbnail_url,
            metadata,
        })
    };
    let add_to_batch = |batch: &mut Batch<TenantData>, version| {
        tell(batch, user, UserEvent::ProfileUpdated { version });
    };
    update_document(tenant, user, version, changed, add_to_batch).await
}

/// Validates the fields that differ from the current content.
fn validated(mut content: ProfileContent, present: &Profile) -> Result<ProfileContent> {
    let mut errors = ValidationErrors::default();
    if let Some(bio) = content.bio.as_ref().filter(|_| content.bio != present.bio) {
        errors.add(validation::text("/bio", bio, limit::BIO_LENGTH))?;
    }
    let changed_url = content.avatar_thumbnail_url != present.avatar_thumbnail_url;
    if let Some(url) = content
        .avatar_thumbnail_url
        .as_ref()
        .filter(|_| changed_url)
    {
        errors.add(validation::url("/avatar_thumbnail_url", url))?;
    }
    if let Some(metadata) = &content.metadata {
        content.metadata = errors.add(validation::metadata("/metadata", metadata))?;
    }
    errors.finish()?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use base::ErrorCode;

    use super::*;
    use crate::users::profile::get;
    use crate::world::{World, person};

    fn with_bio(bio: &str) -> impl Fn(ProfileContent) -> Result<ProfileContent> + use<> {
        let bio = Some(bio.to_owned());
        move |present| {
            Ok(ProfileContent {
                bio: bio.clone(),
                ..present
            })
        }
    }

    #[tokio::test]
    async fn profile_is_changed_by_its_user_or_a_server() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let bob = person(&acme, "bob").await;
        let own = update(
            &acme,
            Actor::User(ada),
            ada,
            Some(1),
            with_bio("First programmer"),
        )
        .await
        .unwrap();
        assert_eq!(
            (own.version, own.bio.as_deref()),
            (2, Some("First programmer"))
        );
        let foreign = update(&acme, Actor::User(bob), ada, None, with_bio("Hacked"))
            .await
            .unwrap_err();
        assert_eq!(foreign.code, ErrorCode::Forbidden);
        let by_server = update(&acme, Actor::Server, ada, None, with_bio("Countess"))
            .await
            .unwrap();
        assert_eq!(by_server.version, 3);
        let same = update(&acme, Actor::Server, ada, None, with_bio("Countess"))
            .await
            .unwrap();
        assert_eq!(same.version, 3, "an update without a change writes nothing");
    }

    #[tokio::test]
    async fn stale_version_is_rejected_with_the_current_one() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        update(&acme, Actor::Server, ada, Some(1), with_bio("one"))
            .await
            .unwrap();
        let failure = update(&acme, Actor::Server, ada, Some(1), with_bio("two"))
            .await
            .unwrap_err();
        assert_eq!(
            (failure.code, failure.current_version),
            (ErrorCode::VersionConflict, Some(2))
        );
        assert_eq!(get(&acme, ada).await.unwrap().bio.as_deref(), Some("one"));
    }

    #[tokio::test]
    async fn all_invalid_fields_are_named() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let wrong = |_| {
            Ok(ProfileContent {
                bio: Some("ß".repeat(limit::BIO_LENGTH + 1)),
                avatar_thumbnail_url: Some("javascript:alert(1)".to_owned()),
                metadata: Some(RawJson(r#"{"$a":1}"#.into())),
            })
        };
        let failure = update(&acme, Actor::Server, ada, None, wrong)
            .await
            .unwrap_err();
        let places: Vec<_> = failure
            .faults
            .iter()
            .map(|fault| fault.pointer.as_ref())
            .collect();
        assert_eq!(places, ["/bio", "/avatar_thumbnail_url", "/metadata"]);
        let longest = with_bio(&"ß".repeat(limit::BIO_LENGTH));
        update(&acme, Actor::Server, ada, None, longest)
            .await
            .unwrap();
    }
}
