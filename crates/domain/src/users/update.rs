use base::{Error, ErrorCode, IdOrExternalId, Patch, Result};
use store::{CommitError, Entity, TenantStore, Update};

use super::avatar::release_previous;
use super::changes::{check_former, difference, email_taken};
use super::upsert::too_many_conflicts;
use super::{User, UserChanges, not_found, resolve};
use crate::Actor;
use crate::user_log::{UserEvent, tell};

/// Attempts of an update without a version that conflicts with others.
const MAX_ATTEMPTS: usize = 5;

/// Updates the given fields of a user and notifies the user's devices. If `version` is given, the
/// stored version must match. Users may change their own name and avatar, and their metadata if
/// `own_metadata` is set; a server may change all fields.
///
/// # Errors
/// 403 `forbidden`, 404 `user_not_found`, 409 `version_conflict` or `email_taken`, 400 with the
/// invalid fields.
pub async fn update(
    tenant: &TenantStore,
    actor: Actor,
    named: &IdOrExternalId<User>,
    changes: UserChanges,
    version: Option<i64>,
    own_metadata: bool,
) -> Result<Entity<User>> {
    let changes = changes.validated()?;
    for _ in 0..MAX_ATTEMPTS {
        let user = resolve(tenant, named).await?;
        if let Actor::User(actor) = actor {
            permit(actor == user.id, &changes, own_metadata)?;
        }
        if let Some(version) = version
            && version != user.version
        {
            let message = "The user was changed since it was read; read it again and retry.";
            return Err(
                Error::new(ErrorCode::VersionConflict, message).with_current_version(user.version)
            );
        }
        if let Patch::Set(email) = &changes.email {
            check_former(tenant, email, Some(user.id), "").await?;
        }
        match attempt(tenant, &user, &changes).await {
            Err(CommitError::PreconditionFailed { .. }) if version.is_none() => {}
            Err(error) => return Err(email_taken(&error, "").unwrap_or_else(|| error.into())),
            Ok(()) => {
                let updated = tenant.get(user.id).await?.ok_or_else(not_found)?;
                release_previous(tenant, &user, &updated).await?;
                return Ok(updated);
            }
        }
    }
    Err(too_many_conflicts())
}

async fn attempt(
    tenant: &TenantStore,
    user: &Entity<User>,
    changes: &UserChanges,
) -> Result<(), CommitError> {
    let mut doc = user.doc.clone();
    changes.clone().apply(&mut doc);
    let difference = difference(user, &doc);
    if difference.is_empty() {
        return Ok(());
    }
    let mut batch = tenant.batch();
    // Lists were merged with the ones that were read, so the version must not have changed.
    batch.update(
        user.id,
        Update::of(difference).expecting_version(user.version),
    );
    tell(
        &mut batch,
        user.id,
        UserEvent::UserUpdated { user_id: user.id },
    );
    tenant.commit(batch).await
}

fn permit(own: bool, changes: &UserChanges, own_metadata: bool) -> Result<()> {
    if !own {
        return Err(Error::new(
            ErrorCode::Forbidden,
            "Users can change only themselves.",
        ));
    }
    if !changes.are_allowed_for_user(own_metadata) {
        let mine = if own_metadata {
            "name, avatar and metadata"
        } else {
            "name and avatar"
        };
        let message =
            format!("Users can change only their own {mine}; other fields require an API key.");
        return Err(Error::new(ErrorCode::Forbidden, message));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use base::{Direction, PageSize};
    use store::RawJson;

    use super::*;
    use crate::outbox::Outbox;
    use crate::users::{NewUser, Role, list, upsert};
    use crate::world::{World, due, ext, external, person};

    fn rename(name: Patch<String>) -> UserChanges {
        UserChanges {
            name,
            ..UserChanges::default()
        }
    }

    #[tokio::test]
    async fn null_clears_a_field_and_an_absent_field_is_kept() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        let given = UserChanges {
            name: Patch::Set("Ada".to_owned()),
            metadata: Patch::Set(RawJson(r#"{ "team": 7 }"#.into())),
            role: Some(Role::Admin),
            ..UserChanges::default()
        };
        let ada = update(&acme, Actor::Server, &ext("ada"), given, Some(1), false)
            .await
            .unwrap();
        assert_eq!(
            (ada.version, ada.roles.0.as_slice()),
            (2, ["admin".to_owned()].as_slice())
        );
        let ada = update(
            &acme,
            Actor::Server,
            &ext("ada"),
            rename(Patch::Clear),
            None,
            false,
        )
        .await
        .unwrap();
        assert_eq!(
            (
                ada.name.as_ref(),
                ada.metadata.as_ref().map(|json| &*json.0)
            ),
            (None, Some(r#"{"team":7}"#))
        );
    }

    #[tokio::test]
    async fn stale_version_is_rejected_with_the_current_one() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        let to = |name: &str| rename(Patch::Set(name.to_owned()));
        update(&acme, Actor::Server, &ext("ada"), to("Ada"), Some(1), false)
            .await
            .unwrap();
        let failure = update(
            &acme,
            Actor::Server,
            &ext("ada"),
            to("Countess"),
            Some(1),
            false,
        )
        .await
        .unwrap_err();
        assert_eq!(
            (failure.code, failure.current_version),
            (ErrorCode::VersionConflict, Some(2))
        );
    }

    #[tokio::test]
    async fn devices_are_notified_of_changes_only() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        let event_count = async || due::<Outbox>(&world.store).await.len();
        let before = event_count().await;
        let name = || rename(Patch::Set("Ada".to_owned()));
        update(&acme, Actor::Server, &ext("ada"), name(), None, false)
            .await
            .unwrap();
        assert_eq!(event_count().await, before + 1);
        update(&acme, Actor::Server, &ext("ada"), name(), None, false)
            .await
            .unwrap();
        let same = NewUser {
            external_id: external("ada"),
            changes: name(),
        };
        upsert(&acme, same.clone()).await.unwrap();
        assert_eq!(event_count().await, before + 1, "the update has no effect");
        upsert(
            &acme,
            NewUser {
                changes: rename(Patch::Clear),
                ..same
            },
        )
        .await
        .unwrap();
        assert_eq!(event_count().await, before + 2);
    }

    #[tokio::test]
    async fn concurrent_updates_without_a_version_are_all_applied() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        let name = ext("ada");
        let change = |role| {
            let changes = UserChanges {
                role: Some(role),
                ..UserChanges::default()
            };
            update(&acme, Actor::Server, &name, changes, None, false)
        };
        let named = update(
            &acme,
            Actor::Server,
            &name,
            rename(Patch::Set("Ada".to_owned())),
            None,
            false,
        );
        let (named, risen, fallen) = tokio::join!(named, change(Role::Admin), change(Role::Client));
        let last = [named, risen, fallen]
            .map(|made| made.unwrap().version)
            .into_iter()
            .max();
        let ada = resolve(&acme, &name).await.unwrap();
        assert_eq!(
            (ada.name.as_deref(), Some(ada.version)),
            (Some("Ada"), last)
        );
    }

    #[tokio::test]
    async fn user_can_change_only_own_name_and_avatar() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let _ = person(&acme, "bob").await;
        let as_ada = Actor::User(ada);
        let name = rename(Patch::Set("Ada".to_owned()));
        update(&acme, as_ada, &ext("ada"), name.clone(), None, false)
            .await
            .unwrap();
        let foreign = update(&acme, as_ada, &ext("bob"), name, None, false)
            .await
            .unwrap_err();
        let promoted = UserChanges {
            role: Some(Role::Admin),
            ..UserChanges::default()
        };
        let raised = update(&acme, as_ada, &ext("ada"), promoted, None, false)
            .await
            .unwrap_err();
        assert_eq!(
            (foreign.code, raised.code),
            (ErrorCode::Forbidden, ErrorCode::Forbidden)
        );
    }

    #[tokio::test]
    async fn user_can_change_own_metadata_only_if_allowed() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let plan = || UserChanges {
            metadata: Patch::Set(RawJson(r#"{"plan":"pro"}"#.into())),
            ..UserChanges::default()
        };
        let raised = update(&acme, Actor::User(ada), &ext("ada"), plan(), None, false)
            .await
            .unwrap_err();
        assert_eq!(raised.code, ErrorCode::Forbidden);
        let cleared = UserChanges {
            metadata: Patch::Clear,
            ..UserChanges::default()
        };
        let cleared = update(&acme, Actor::User(ada), &ext("ada"), cleared, None, false)
            .await
            .unwrap_err();
        assert_eq!(cleared.code, ErrorCode::Forbidden);
        update(&acme, Actor::Server, &ext("ada"), plan(), None, false)
            .await
            .unwrap();
        update(&acme, Actor::User(ada), &ext("ada"), plan(), None, true)
            .await
            .unwrap();
    }

    #[tokio::test]
    async fn email_in_another_form_is_taken() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        person(&acme, "ada").await;
        person(&acme, "bob").await;
        let with = |email: &str| UserChanges {
            email: Patch::Set(email.to_owned()),
            ..UserChanges::default()
        };
        update(
            &acme,
            Actor::Server,
            &ext("ada"),
            with("j\u{fc}rgen@b\u{fc}cher.example"),
            None,
            false,
        )
        .await
        .unwrap();
        for form in [
            "ju\u{308}rgen@b\u{fc}cher.example",
            "J\u{dc}RGEN@xn--bcher-kva.example",
            "j\u{fc}rgen@bu\u{308}cher.example",
        ] {
            let result = update(&acme, Actor::Server, &ext("bob"), with(form), None, false)
                .await
                .unwrap_err();
            assert_eq!(result.code, ErrorCode::EmailTaken, "{form}");
            let page = list(
                &acme,
                Some(form),
                PageSize::default(),
                Direction::Forward,
                None,
            )
            .await
            .unwrap();
            assert_eq!(page.items.len(), 1, "{form}");
        }
    }

    /// Writes a row as an earlier version did, whose key is only the address in lower case.
    #[tokio::test]
    async fn email_under_a_former_key_is_found_and_taken() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        person(&acme, "bob").await;
        let former = "ju\u{308}rgen@b\u{fc}cher.example";
        let mut batch = acme.batch();
        let changes = store::Changes::new()
            .set(User::email, former.to_owned())
            .set(User::email_key, former.to_owned());
        batch.update(ada, Update::of(changes));
        acme.commit(batch).await.unwrap();
        let with = |email: &str| UserChanges {
            email: Patch::Set(email.to_owned()),
            ..UserChanges::default()
        };
        for form in [
            former,
            "j\u{fc}rgen@b\u{fc}cher.example",
            "j\u{fc}rgen@xn--bcher-kva.example",
        ] {
            let page = list(
                &acme,
                Some(form),
                PageSize::default(),
                Direction::Forward,
                None,
            )
            .await
            .unwrap();
            assert_eq!(page.items.first().map(|user| user.id), Some(ada), "{form}");
            let result = update(&acme, Actor::Server, &ext("bob"), with(form), None, false)
                .await
                .unwrap_err();
            assert_eq!(result.code, ErrorCode::EmailTaken, "{form}");
        }
        update(
            &acme,
            Actor::Server,
            &ext("ada"),
            with("j\u{fc}rgen@b\u{fc}cher.example"),
            None,
            false,
        )
        .await
        .unwrap();
    }
}
