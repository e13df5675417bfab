use std::collections::HashMap;

use base::{Code, ExternalId, Failure, Id, Result, limit};
use store::{CommitError, Entity, Json, Tenant, Update};

use super::changes::{default_roles, difference, email_taken};
use super::{User, UserChanges};
use crate::check::Faults;

/// Times that racing requests may get in each other's way before one gives up.
const ROUNDS: usize = 5;

/// A user as the tenant's system knows them.
#[derive(Clone, Debug)]
pub struct NewUser {
    /// The tenant's own id, which decides whether the user is new.
    pub external_id: ExternalId,
    /// The fields that are given.
    pub changes: UserChanges,
}

/// A user after an upsert.
#[derive(Clone, Debug)]
pub struct Upserted {
    /// The user as stored now.
    pub user: Entity<User>,
    /// Whether the user was not there before.
    pub created: bool,
}

/// Creates the user, or changes the given fields of the present one; a deleted
/// user comes back.
///
/// # Errors
/// 400 with the wrong places, 409 `email_taken`.
pub async fn upsert(tenant: &Tenant, user: NewUser) -> Result<Upserted> {
    let NewUser { external_id, changes } = user;
    let user = NewUser { external_id, changes: changes.checked()? };
    let mut done = write(tenant, vec![user], |_| String::new()).await?;
    done.pop().ok_or_else(in_the_way)
}

/// Creates or changes up to [`limit::BATCH`] users, all or none, and answers
/// in their order.
///
/// # Errors
/// 400 with the wrong places such as `/users/3/email`, 409 `email_taken`.
pub async fn upsert_batch(tenant: &Tenant, users: Vec<NewUser>) -> Result<Vec<Upserted>> {
    if users.is_empty() || users.len() > limit::BATCH {
        return Err(Failure::invalid("/users", format!("must have 1 to {} entries", limit::BATCH)));
    }
    let mut faults = Faults::default();
    let mut checked: Vec<NewUser> = Vec::with_capacity(users.len());
    for (at, NewUser { external_id, changes }) in users.into_iter().enumerate() {
        if checked.iter().any(|earlier| earlier.external_id == external_id) {
            let told = "stands in the batch already";
            faults.note::<()>(Err(Failure::invalid("/external_id", told).within(&place(at))))?;
        }
        let changes = faults.note(changes.checked().map_err(|failure| failure.within(&place(at))))?;
        checked.push(NewUser { external_id, changes: changes.unwrap_or_default() });
    }
    faults.done()?;
    write(tenant, checked, place).await
}

fn place(at: usize) -> String {
    format!("/users/{at}")
}

async fn write(tenant: &Tenant, users: Vec<NewUser>, place: fn(usize) -> String) -> Result<Vec<Upserted>> {
    for _ in 0..ROUNDS {
        if let Some(done) = attempt(tenant, &users, place).await? {
            return Ok(done);
        }
    }
    Err(in_the_way())
}

fn in_the_way() -> Failure {
    Failure::new(Code::Unavailable, "Others are changing the same users; try again shortly.").retry_after_ms(100)
}

/// One round: reads who is there, writes the rest. `None` when somebody was
/// faster.
async fn attempt(tenant: &Tenant, users: &[NewUser], place: fn(usize) -> String) -> Result<Option<Vec<Upserted>>> {
    let present = present(tenant, users).await?;
    let mut batch = tenant.batch();
    let mut written = Vec::new();
    let mut outcome: Vec<(Id<User>, bool)> = Vec::new();
    for (at, NewUser { external_id, changes }) in users.iter().enumerate() {
        if let Some(user) = present.get(external_id) {
            let mut doc = user.doc.clone();
            changes.clone().apply(&mut doc);
            let difference = difference(user, &doc);
            if !difference.is_empty() || user.deleted_at.is_some() {
                batch.update(user.id, Update::of(difference).restoring());
                written.push(at);
            }
            outcome.push((user.id, false));
        } else {
            let mut doc = nobody(external_id.clone());
            changes.clone().apply(&mut doc);
            outcome.push((batch.insert(doc).id, true));
            written.push(at);
        }
    }
    match tenant.commit(batch).await {
        Ok(()) => as_stored(tenant, &outcome).await,
        Err(CommitError::Stale { .. }) => Ok(None),
        Err(CommitError::Conflict { index, .. }) if index == User::by_external_id.name() => Ok(None),
        Err(error) => {
            let at = if let CommitError::Conflict { write, .. } = error { written.get(write).copied() } else { None };
            Err(email_taken(&error, &at.map(place).unwrap_or_default()).unwrap_or_else(|| error.into()))
        }
    }
}

async fn present(tenant: &Tenant, users: &[NewUser]) -> Result<HashMap<ExternalId, Entity<User>>> {
    let names = users.iter().map(|user| user.external_id.clone());
    let query = User::by_external_id.all().one_of(User::external_id, names).limit(users.len()).with_deleted();
    let found = tenant.list(query).await?.items;
    Ok(found.into_iter().filter_map(|user| Some((user.external_id.clone()?, user))).collect())
}

/// The users as they are now; `None` when one was removed in between.
async fn as_stored(tenant: &Tenant, outcome: &[(Id<User>, bool)]) -> Result<Option<Vec<Upserted>>> {
    let ids: Vec<Id<User>> = outcome.iter().map(|(id, _)| *id).collect();
    let found = tenant.get_many_with_deleted::<User>(&ids).await?;
    let mut users: HashMap<Id<User>, Entity<User>> = found.into_iter().map(|user| (user.id, user)).collect();
    Ok(outcome.iter().map(|(id, created)| Some(Upserted { user: users.remove(id)?, created: *created })).collect())
}

fn nobody(external_id: ExternalId) -> User {
    User {
        external_id: Some(external_id),
        email: None,
        email_key: None,
        name: None,
        avatar_url: None,
        metadata: None,
        roles: default_roles(),
        permissions: Json(Vec::new()),
        is_active: true,
        tokens_revoked_before: None,
        last_seen_at: None,
    }
}
