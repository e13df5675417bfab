use std::collections::HashMap;

use base::{Error, ErrorCode, Id, Result};
use store::{
    Batch, Changes, Collection, Column, CommitError, Entity, Index, TenantData, TenantStore, Update,
};

use super::upsert::too_many_conflicts;
use super::{User, not_found};

/// Attempts of a change that conflicts with concurrent requests.
const MAX_ATTEMPTS: usize = 5;

/// A document that exists once per user. It is created with the user, or at first use for a user
/// that is older than the collection.
pub trait PerUserDocument: Collection<Partition = TenantData> {
    /// Unique index over the user, which resolves concurrent creations.
    const BY_USER: Index<Self>;
    /// Field that references the user.
    const USER: Column<Self, Id<User>>;

    /// Returns the document of a user with default content.
    fn blank(user: Id<User>) -> Self;

    /// Returns the user of the document.
    fn user(&self) -> Id<User>;

    /// Returns the changes that turn one document into the other; empty if they are equal.
    fn difference(from: &Self, to: &Self) -> Changes<Self>;
}

/// Returns the documents of users, creating missing ones. Uses one read if all exist.
///
/// # Errors
/// 503 if the store is unavailable.
pub(crate) async fn get_or_create_many<C: PerUserDocument>(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<HashMap<Id<User>, Entity<C>>> {
    for _ in 0..MAX_ATTEMPTS {
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
    Err(too_many_conflicts())
}

/// Returns the document of one user.
///
/// # Errors
/// 503 if the store is unavailable.
pub(crate) async fn get_or_create<C: PerUserDocument>(
    tenant: &TenantStore,
    user: Id<User>,
) -> Result<Entity<C>> {
    get_or_create_many(tenant, &[user])
        .await?
        .remove(&user)
        .ok_or_else(not_found)
}

/// Updates the document of a user. If `version` is given, the stored version must match; otherwise
/// the update is retried on conflicts. `add_to_batch` adds further writes with the new version.
///
/// # Errors
/// 409 `version_conflict`, 503, and the errors of `change`.
pub(crate) async fn update_document<C: PerUserDocument>(
    tenant: &TenantStore,
    user: Id<User>,
    version: Option<i64>,
    change: impl Fn(&C) -> Result<C> + Send + Sync,
    add_to_batch: impl Fn(&mut Batch<TenantData>, i64) + Send + Sync,
) -> Result<Entity<C>> {
    for _ in 0..MAX_ATTEMPTS {
        let present = get_or_create::<C>(tenant, user).await?;
        if version.is_some_and(|version| version != present.version) {
            let message = "The document was changed since it was read; read it again and retry.";
            return Err(Error::new(ErrorCode::VersionConflict, message)
                .with_current_version(present.version));
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
        add_to_batch(&mut batch, present.version + 1);
        match tenant.commit(batch).await {
            Ok(()) => return get_or_create(tenant, user).await,
            Err(CommitError::PreconditionFailed { .. }) if version.is_none() => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(too_many_conflicts())
}
