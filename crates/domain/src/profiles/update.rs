use base::{Id, Result, limit};
use store::{Batch, Entity, TenantData, TenantStore};

use super::{Profile, ProfileContent};
use crate::Actor;
use crate::user_log::{UserEvent, tell};
use crate::users::{User, revise};
use crate::validation::{self, ValidationErrors};

/// Changes a profile, if it has the version that the caller saw, when one is
/// given, and tells the user's devices. `change` makes the new content of the present one. A user changes
/// their own profile, a server any.
///
/// # Errors
/// 403 `forbidden`, 409 `version_conflict`, 400 with the wrong places.
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
        } = checked(change(present.content())?, present)?;
        Ok(Profile {
            user_id: user,
            bio,
            avatar_thumbnail_url,
            metadata,
        })
    };
    let beside = |batch: &mut Batch<TenantData>, version| {
        tell(batch, user, UserEvent::ProfileUpdated { version });
    };
    revise(tenant, user, version, changed, beside).await
}

/// The content, when all that changes keeps its bounds.
fn checked(mut content: ProfileContent, present: &Profile) -> Result<ProfileContent> {
    let mut faults = ValidationErrors::default();
    if let Some(bio) = content.bio.as_ref().filter(|_| content.bio != present.bio) {
        faults.note(validation::text("/bio", bio, limit::BIO_LENGTH))?;
    }
    let changed_url = content.avatar_thumbnail_url != present.avatar_thumbnail_url;
    if let Some(url) = content
        .avatar_thumbnail_url
        .as_ref()
        .filter(|_| changed_url)
    {
        faults.note(validation::url("/avatar_thumbnail_url", url))?;
    }
    if let Some(metadata) = &content.metadata {
        content.metadata = faults.note(validation::metadata("/metadata", metadata))?;
    }
    faults.done()?;
    Ok(content)
}

#[cfg(test)]
mod tests {
    use base::ErrorCode;
    use store::RawJson;

    use super::*;
    use crate::profiles::get;
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
    async fn a_user_changes_their_own_profile_and_a_server_any() {
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
        assert_eq!(same.version, 3, "what changes nothing writes nothing");
    }

    #[tokio::test]
    async fn an_old_version_is_told_the_present_one() {
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
    async fn every_wrong_place_is_named() {
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
