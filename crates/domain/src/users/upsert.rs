use std::collections::HashMap;

use base::{Error, ErrorCode, ExternalId, Id, Patch, Result, limit};
use store::{Batch, Changes, CommitError, Entity, Json, TenantData, TenantStore, Update};

use super::changes::{check_former, default_roles, difference, email_taken};
use super::deletion::all_erased_at;
use super::preferences::Preferences;
use super::profile::Profile;
use super::{PerUserDocument, Role, User, UserChanges};
use crate::user_log::{UserEvent, tell};
use crate::validation::{self, ValidationErrors};

/// Attempts of an upsert that conflicts with concurrent requests.
const MAX_ATTEMPTS: usize = 5;

/// A user to create or update.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The tenant's id, which selects the user.
    pub external_id: ExternalId,
    /// Given fields.
    pub changes: UserChanges,
}

/// Result of an upsert.
#[derive(Clone, Debug)]
pub struct Upserted {
    /// The stored user.
    pub user: Entity<User>,
    /// Whether the user was created.
    pub created: bool,
}

/// Creates the user with a profile and preferences, or updates the given fields of the existing one
/// and notifies their devices. Restores a deleted user.
///
/// # Errors
/// 400 with the invalid fields, 409 `email_taken`.
pub async fn upsert(tenant: &TenantStore, user: NewUser) -> Result<Upserted> {
    let NewUser {
        external_id,
        changes,
    } = user;
    let user = NewUser {
        external_id,
        changes: changes.validated()?,
    };
    let mut done = write(tenant, vec![user], |_| String::new()).await?;
    done.pop().ok_or_else(too_many_conflicts)
}

/// Creates or updates up to [`limit::BATCH`] users atomically. Returns them in the given order.
///
/// # Errors
/// 400 with the invalid fields such as `/users/3/email`, 409 `email_taken`.
pub async fn upsert_batch(tenant: &TenantStore, users: Vec<NewUser>) -> Result<Vec<Upserted>> {
    if users.is_empty() || users.len() > limit::BATCH {
        return Err(Error::invalid(
            "/users",
            format!("must have 1 to {} entries", limit::BATCH),
        ));
    }
    let mut errors = ValidationErrors::default();
    let mut validated: Vec<NewUser> = Vec::with_capacity(users.len());
    for (
        at,
        NewUser {
            external_id,
            changes,
        },
    ) in users.into_iter().enumerate()
    {
        if validated
            .iter()
            .any(|earlier| earlier.external_id == external_id)
        {
            let message = "is a duplicate of another entry";
            errors.add::<()>(Err(
                Error::invalid("/external_id", message).within(&pointer(at))
            ))?;
        }
        let changes = errors.add(
            changes
                .validated()
                .map_err(|failure| failure.within(&pointer(at))),
        )?;
        validated.push(NewUser {
            external_id,
            changes: changes.unwrap_or_default(),
        });
    }
    errors.finish()?;
    write(tenant, validated, pointer).await
}

fn pointer(at: usize) -> String {
    format!("/users/{at}")
}

async fn write(
    tenant: &TenantStore,
    users: Vec<NewUser>,
    pointer: fn(usize) -> String,
) -> Result<Vec<Upserted>> {
    for _ in 0..MAX_ATTEMPTS {
        if let Some(done) = attempt(tenant, &users, pointer).await? {
            return Ok(done);
        }
    }
    Err(too_many_conflicts())
}

/// Returns the error for a write that lost to concurrent writes on every attempt.
pub(super) fn too_many_conflicts() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Concurrent changes of the same users; retry shortly.",
    )
    .retry_after_ms(100)
}

/// Reads the existing users and writes the differences. Returns `None` on a conflict with a
/// concurrent write.
async fn attempt(
    tenant: &TenantStore,
    users: &[NewUser],
    pointer: fn(usize) -> String,
) -> Result<Option<Vec<Upserted>>> {
    let present = present(tenant, users).await?;
    for (at, user) in users.iter().enumerate() {
        if let Patch::Set(email) = &user.changes.email {
            let id = present.get(&user.external_id).map(|user| user.id);
            check_former(tenant, email, id, &pointer(at)).await?;
        }
    }
    let missing: Vec<_> = users
        .iter()
        .map(|user| &user.external_id)
        .filter(|name| !present.contains_key(*name))
        .collect();
    let erased = all_erased_at(tenant, &missing).await?;
    let mut batch = tenant.batch();
    let mut written = Vec::new();
    let mut changed = Vec::new();
    let mut outcome: Vec<(Id<User>, bool)> = Vec::new();
    for (at, user) in users.iter().enumerate() {
        if let Some(stored) = present.get(&user.external_id) {
            let update = update_of(stored, &user.changes)?;
            if !update.is_empty() {
                changed.push(stored.id);
            }
            if !update.is_empty() || stored.deleted_at.is_some() {
                batch.update(stored.id, Update::of(update).restoring());
                written.push(at);
            }
            outcome.push((stored.id, false));
        } else {
            let mut doc = new_user(Some(user.external_id.clone()));
            // Tokens of an erased user must not become valid for the next user of this name.
            doc.tokens_revoked_before = erased.get(&user.external_id).copied();
            user.changes.clone().apply(&mut doc);
            outcome.push((batch.insert(doc).id, true));
            written.push(at);
        }
    }
    insert_per_user_documents(&mut batch, &outcome);
    for user_id in changed {
        tell(&mut batch, user_id, UserEvent::UserUpdated { user_id });
    }
    match tenant.commit(batch).await {
        Ok(()) => as_stored(tenant, &outcome).await,
        Err(CommitError::PreconditionFailed { .. }) => Ok(None),
        Err(CommitError::Conflict { index, .. }) if index == User::by_external_id.name() => {
            Ok(None)
        }
        Err(error) => {
            let at = if let CommitError::Conflict { write, .. } = error {
                written.get(write).copied()
            } else {
                None
            };
            Err(email_taken(&error, &at.map(pointer).unwrap_or_default())
                .unwrap_or_else(|| error.into()))
        }
    }
}

/// Adds the profiles and preferences of created users to the batch.
fn insert_per_user_documents(batch: &mut Batch<TenantData>, outcome: &[(Id<User>, bool)]) {
    let created = || outcome.iter().filter(|(_, created)| *created);
    for (user, _) in created() {
        let _ = batch.insert(Profile::blank(*user));
    }
    for (user, _) in created() {
        let _ = batch.insert(Preferences::blank(*user));
    }
}

/// Returns the changes of an existing user.
///
/// # Errors
/// 409 `user_erased` if the user is being erased.
fn update_of(stored: &Entity<User>, changes: &UserChanges) -> Result<Changes<User>> {
    if stored.erased_at.is_some() {
        return Err(Error::new(
            ErrorCode::UserErased,
            "The user is being erased; retry when the erasure is complete.",
        ));
    }
    let mut doc = stored.doc.clone();
    changes.clone().apply(&mut doc);
    Ok(difference(stored, &doc))
}

async fn present(
    tenant: &TenantStore,
    users: &[NewUser],
) -> Result<HashMap<ExternalId, Entity<User>>> {
    let names = users.iter().map(|user| user.external_id.clone());
    let query = User::by_external_id
        .all()
        .one_of(User::external_id, names)
        .limit(users.len())
        .with_deleted();
    let found = tenant.list(query).await?.items;
    Ok(found
        .into_iter()
        .filter_map(|user| Some((user.external_id.clone()?, user)))
        .collect())
}

/// Returns the stored users, or `None` if one was removed concurrently.
async fn as_stored(
    tenant: &TenantStore,
    outcome: &[(Id<User>, bool)],
) -> Result<Option<Vec<Upserted>>> {
    let ids: Vec<Id<User>> = outcome.iter().map(|(id, _)| *id).collect();
    let found = tenant.get_many_with_deleted::<User>(&ids).await?;
    let mut users: HashMap<Id<User>, Entity<User>> =
        found.into_iter().map(|user| (user.id, user)).collect();
    Ok(outcome
        .iter()
        .map(|(id, created)| {
            Some(Upserted {
                user: users.remove(id)?,
                created: *created,
            })
        })
        .collect())
}

/// Adds a user with a verified address, a profile and preferences to the batch of a sign-up.
pub(crate) fn insert_verified(
    batch: &mut Batch<TenantData>,
    email: &str,
    name: Option<String>,
) -> Entity<User> {
    let now = batch.now();
    let doc = User {
        email: Some(email.to_owned()),
        email_key: Some(validation::email_key(email)),
        email_verified_at: Some(now),
        name,
        last_login_at: Some(now),
        ..new_user(None)
    };
    let user = batch.insert(doc);
    insert_per_user_documents(batch, &[(user.id, true)]);
    user
}

/// Adds a guest with a profile and preferences to the batch of its sign-in.
pub(crate) fn insert_guest(batch: &mut Batch<TenantData>, name: Option<String>) -> Entity<User> {
    let now = batch.now();
    let doc = User {
        name,
        roles: Json(vec![Role::Client.as_str().to_owned()]),
        last_login_at: Some(now),
        ..new_user(None)
    };
    let user = batch.insert(doc);
    insert_per_user_documents(batch, &[(user.id, true)]);
    user
}

fn new_user(external_id: Option<ExternalId>) -> User {
    User {
        external_id,
        email: None,
        email_key: None,
        email_verified_at: None,
        name: None,
        avatar_url: None,
        metadata: None,
        roles: default_roles(),
        permissions: Json(Vec::new()),
        is_active: true,
        tokens_revoked_before: None,
        token_generation: None,
        session_generation: None,
        erased_at: None,
        last_seen_at: None,
        last_login_at: None,
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use base::Patch;

    use super::*;
    use crate::users::{delete, resolve};
    use crate::world::{World, ext, external, person};

    fn named(external_id: &str, name: &str) -> NewUser {
        let changes = UserChanges {
            name: Patch::Set(name.to_owned()),
            ..UserChanges::default()
        };
        NewUser {
            external_id: external(external_id),
            changes,
        }
    }

    fn with_email(external_id: &str, email: &str) -> NewUser {
        let changes = UserChanges {
            email: Patch::Set(email.to_owned()),
            ..UserChanges::default()
        };
        NewUser {
            external_id: external(external_id),
            changes,
        }
    }

    #[tokio::test]
    async fn upsert_creates_and_then_updates_given_fields() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let created = upsert(&acme, named("ada", "Ada")).await.unwrap();
        assert!(created.created);
        assert_eq!(
            (created.user.version, created.user.roles.0.as_slice()),
            (1, ["user".to_owned()].as_slice())
        );
        let changed = upsert(&acme, with_email("ada", "Ada@Example.com"))
            .await
            .unwrap();
        assert!(!changed.created);
        assert_eq!(
            (changed.user.id, changed.user.version),
            (created.user.id, 2)
        );
        assert_eq!(
            (changed.user.name.as_deref(), changed.user.email.as_deref()),
            (Some("Ada"), Some("Ada@Example.com"))
        );
        let same = upsert(&acme, named("ada", "Ada")).await.unwrap();
        assert_eq!(
            same.user.version, 2,
            "an upsert without a change writes nothing"
        );
    }

    #[tokio::test]
    async fn created_user_has_profile_and_preferences() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let commits = || world.store.stats().commits.get();
        let before = commits();
        let ada = upsert(&acme, named("ada", "Ada")).await.unwrap().user.id;
        let both = upsert_batch(
            &acme,
            vec![named("bob", "Bob"), named("ada", "Ada"), named("cy", "Cy")],
        )
        .await
        .unwrap();
        assert_eq!(commits() - before, 2);
        for user in [ada, both[0].user.id, both[2].user.id] {
            let profile = Profile::by_user.eq(Profile::user_id, user);
            let preferences = Preferences::by_user.eq(Preferences::user_id, user);
            assert_eq!(acme.count(profile, 9).await.unwrap(), 1);
            assert_eq!(acme.count(preferences, 9).await.unwrap(), 1);
        }
        assert_eq!(commits() - before, 2);
    }

    #[tokio::test]
    async fn concurrent_upserts_create_one_user() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let tasks = (0..50).map(|at| {
            let acme = acme.clone();
            tokio::spawn(async move {
                upsert(&acme, named("ada", &format!("Ada {at}")))
                    .await
                    .unwrap()
            })
        });
        let mut ids = HashSet::new();
        let mut created = 0;
        for task in tasks.collect::<Vec<_>>() {
            let done = task.await.unwrap();
            ids.insert(done.user.id);
            created += usize::from(done.created);
        }
        assert_eq!((ids.len(), created), (1, 1));
    }

    #[tokio::test]
    async fn two_tenants_can_use_the_same_external_id() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let umbrella = world.company("Umbrella").await.tenant;
        let one = upsert(&acme, with_email("ada", "ada@example.com"))
            .await
            .unwrap();
        let other = upsert(&umbrella, with_email("ada", "ada@example.com"))
            .await
            .unwrap();
        assert!(one.created && other.created && one.user.id != other.user.id);
        let stranger = resolve(&umbrella, &base::IdOrExternalId::Id(one.user.id))
            .await
            .unwrap_err();
        assert_eq!(stranger.code, ErrorCode::UserNotFound);
    }

    #[tokio::test]
    async fn invalid_batch_names_all_fields_and_writes_nothing() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let bad = vec![
            named("a", "A"),
            with_email("b", "no address"),
            named("c", "\0"),
            named("a", "A"),
        ];
        let failure = upsert_batch(&acme, bad).await.unwrap_err();
        let mut pointers: Vec<_> = failure
            .faults
            .iter()
            .map(|fault| fault.pointer.as_ref())
            .collect();
        pointers.sort_unstable();
        assert_eq!(
            pointers,
            ["/users/1/email", "/users/2/name", "/users/3/external_id"]
        );
        assert_eq!(
            resolve(&acme, &ext("a")).await.unwrap_err().code,
            ErrorCode::UserNotFound
        );

        upsert(&acme, with_email("b", "b@example.com"))
            .await
            .unwrap();
        let taken = vec![named("a", "A"), with_email("c", "B@example.com")];
        let failure = upsert_batch(&acme, taken).await.unwrap_err();
        assert_eq!(
            (failure.code, failure.faults[0].pointer.as_ref()),
            (ErrorCode::EmailTaken, "/users/1/email")
        );
        assert_eq!(
            resolve(&acme, &ext("a")).await.unwrap_err().code,
            ErrorCode::UserNotFound
        );
    }

    #[tokio::test]
    async fn batch_returns_users_in_its_order() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let bob = person(&acme, "bob").await;
        let done = upsert_batch(
            &acme,
            vec![named("ada", "Ada"), named("bob", "Bob"), named("cy", "Cy")],
        )
        .await
        .unwrap();
        let names: Vec<_> = done
            .iter()
            .map(|done| (done.user.name.as_deref().unwrap(), done.created))
            .collect();
        assert_eq!(names, [("Ada", true), ("Bob", false), ("Cy", true)]);
        assert_eq!(done[1].user.id, bob);
        assert!(upsert_batch(&acme, Vec::new()).await.is_err());
        let many = (0..=limit::BATCH)
            .map(|at| named(&format!("user{at}"), "U"))
            .collect();
        assert_eq!(
            upsert_batch(&acme, many).await.unwrap_err().faults[0].pointer,
            "/users"
        );
    }

    #[tokio::test]
    async fn upsert_restores_a_deleted_user() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = upsert(&acme, named("ada", "Ada")).await.unwrap().user.id;
        delete(&acme, &ext("ada")).await.unwrap();
        assert_eq!(
            resolve(&acme, &ext("ada")).await.unwrap_err().code,
            ErrorCode::UserNotFound
        );
        let back = upsert(&acme, named("ada", "Ada")).await.unwrap();
        assert_eq!(
            (back.user.id, back.created, back.user.deleted_at),
            (ada, false, None)
        );
        assert_eq!(resolve(&acme, &ext("ada")).await.unwrap().id, ada);
    }
}
