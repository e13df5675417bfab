use std::collections::HashMap;

use base::{Error, ErrorCode, Id, Result};
use store::{
    Batch, Changes, Collection, Column, CommitError, Entity, Index, TenantData, TenantStore, Update,
};

use super::upsert::in_the_way;
use super::{User, not_found};

/// Times that racing requests may get in each other's way before one gives up.
const ROUNDS: usize = 5;

/// A document that each user has one of: made with the user, and at its first
/// use for a user who was there before it.
pub trait Companion: Collection<Partition = TenantData> {
    /// The unique index over the user, which decides races.
    const BY_USER: Index<Self>;
    /// The field that names the user.
    const USER: Column<Self, Id<User>>;

    /// What a user has who said nothing yet.
    fn blank(user: Id<User>) -> Self;

    /// Whose it is.
    fn user(&self) -> Id<User>;

    /// The stored changes that turn one document into the other; empty when
    /// they are the same.
    fn difference(from: &Self, to: &Self) -> Changes<Self>;
}

/// The companions of users, by at most one statement when they are there;
/// those that are missing are made.
///
/// # Errors
/// 503 when the store cannot answer or write.
pub(crate) async fn companions<C: Companion>(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Entity<C>>> {
    for _ in 0..ROUNDS {
        let present = C::BY_USER
            .all()
            .one_of(C::USER, users.iter().copied())
            .limit(users.len());
        let mut found: HashMap<_, _> = tenant
            .list(present)
            .await?
            .items
            .into_iter()
            .map(|entity| (entity.doc.user(), entity))
            .collect();
        let mut batch = tenant.batch();
        for user in users {
            found
                .entry(*user)
                .or_insert_with(|| batch.insert(C::blank(*user)));
        }
        match tenant.commit(batch).await {
            Ok(()) => return Ok(found),
            Err(CommitError::Conflict { index, .. }) if index == C::BY_USER.name() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(in_the_way())
}

/// The companion of one user.
///
/// # Errors
/// 503 when the store cannot answer or write.
pub(crate) async fn companion<C: Companion>(
    tenant: &TenantStore,
    user: Id<User>,
) -> Result<Entity<C>> {
    companions(tenant, &[user])
        .await?
        .remove(&user)
        .ok_or_else(not_found)
}

/// Changes a companion, if it has the version that the caller saw, when one is
/// given; else again and again until no other change came in between. `beside`
/// adds what goes with the change to the new version.
///
/// # Errors
/// 409 `version_conflict`, 503, and what `change` refuses with.
pub(crate) async fn revise<C: Companion>(
    tenant: &TenantStore,
    user: Id<User>,
    version: Option<i64>,
    change: impl Fn(&C) -> Result<C> + Send + Sync,
    beside: impl Fn(&mut Batch<TenantData>, i64) + Send + Sync,
) -> Result<Entity<C>> {
    for _ in 0..ROUNDS {
        let present = companion::<C>(tenant, user).await?;
        if version.is_some_and(|version| version != present.version) {
            let told = "It has changed since it was read; read it again and retry.";
            return Err(
                Error::new(ErrorCode::VersionConflict, told).with_current_version(present.version)
            );
        }
        let changes = C::difference(&present.doc, &change(&present.doc)?);
        if changes.is_empty() {
            return Ok(present);
        }
        let mut batch = tenant.batch();
        batch.update(
            present.id,
            Update::of(changes).expecting_version(present.version),
        );
        beside(&mut batch, present.version + 1);
        match tenant.commit(batch).await {
            Ok(()) => return companion(tenant, user).await,
            Err(CommitError::PreconditionFailed { .. }) if version.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(in_the_way())
}
