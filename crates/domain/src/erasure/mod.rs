//! Erasure of a user: a small commit locks the user out, then a resumable job erases their data as
//! the collection declarations define.

mod collections;
mod job;
mod stages;
#[cfg(test)]
mod tests;

pub use collections::{ErasedDocuments, Erasure, ErasureStatus, Stage};
pub use job::ErasureJob;

use base::{Error, ErrorCode, Id, IdOrExternalId, Result, limit};
use store::{
    Batch, Changes, Collection, CommitError, Declaration, Entity, Json, TenantData, TenantStore,
    Update,
};

use crate::holds::Holds;
use crate::retention::require_no_hold;
use crate::users::{User, resolve_even_deleted};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[Erasure::DECLARATION];

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Locks a user out permanently and starts their erasure. From this commit on, the user is not
/// found, their tokens are rejected and their name is cleared. A job erases the remaining data.
/// Deleted users can be erased too. Repeated requests return the same erasure.
///
/// # Errors
/// 404 `user_not_found`, 409 `legal_hold`.
pub async fn request(
    tenant: &TenantStore,
    named: &IdOrExternalId<User>,
) -> Result<Entity<Erasure>> {
    for _ in 0..MAX_ATTEMPTS {
        let user = resolve_even_deleted(tenant, named).await?;
        if let Some(running) = of_user(tenant, user.id).await? {
            return Ok(running);
        }
        let holds = Holds::read(tenant).await?;
        require_no_hold(tenant, &holds, user.id).await?;
        let mut batch = tenant.batch();
        holds.assert_unchanged(&mut batch);
        let erasure = begin(&mut batch, user.id);
        lock_out(&mut batch, user.id);
        match tenant.commit(batch).await {
            Ok(()) => return Ok(erasure),
            // A concurrent request started or completed the erasure, or a hold was set.
            Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "Concurrent changes of legal holds; retry.",
    ))
}

async fn of_user(tenant: &TenantStore, user: Id<User>) -> Result<Option<Entity<Erasure>>> {
    Ok(tenant
        .find(Erasure::by_user.eq(Erasure::user_id, user))
        .await?)
}

fn begin(batch: &mut Batch<TenantData>, user_id: Id<User>) -> Entity<Erasure> {
    let due_at = Some(batch.now());
    batch.insert(Erasure {
        user_id,
        status: ErasureStatus::Running,
        stage: Stage::Reactions,
        line: 0,
        after: None,
        marks_until: None,
        report: Json::default(),
        steps: 0,
        due_at,
        completed_at: None,
    })
}

/// Clears the user document and prevents its restoration.
fn lock_out(batch: &mut Batch<TenantData>, user: Id<User>) {
    let now = batch.now();
    let changes = Changes::new()
        .set(User::erased_at, now)
        .set(User::is_active, false)
        .set(User::tokens_revoked_before, now)
        .clear(User::name)
        .clear(User::avatar_url)
        .clear(User::email)
        .clear(User::email_key)
        .clear(User::metadata);
    // Removes an earlier deletion mark first: a deleted document accepts no other change.
    batch.update(user, Update::of(changes).restoring());
    batch.increment(user, User::token_generation, 1, None);
    batch.update(user, Update::of(Changes::new()).deleting(None));
}

/// Returns an erasure with its report.
///
/// # Errors
/// 404 `erasure_not_found`.
pub async fn get(tenant: &TenantStore, id: Id<Erasure>) -> Result<Entity<Erasure>> {
    let found = tenant.get(id).await?;
    found.ok_or_else(|| Error::new(ErrorCode::ErasureNotFound, "There is no such erasure."))
}

/// Makes erasures that wait for a legal hold due, so that they check it again.
///
/// # Errors
/// When the store is unavailable; the erasures then check again when they are due.
pub async fn look_again(tenant: &TenantStore) -> Result<()> {
    let mut after = None;
    loop {
        let waiting = Erasure::by_status.eq(Erasure::status, ErasureStatus::Held);
        let page = tenant
            .list(waiting.limit(limit::BATCH).after(after))
            .await?;
        for erasure in page.items {
            let mut batch = tenant.batch();
            let now = Changes::new().set(Erasure::due_at, batch.now());
            batch.update(
                erasure.id,
                Update::of(now).expecting_version(erasure.version),
            );
            match tenant.commit(batch).await {
                // A server is already processing it.
                Ok(()) | Err(CommitError::PreconditionFailed { .. }) => {}
                Err(error) => return Err(error.into()),
            }
        }
        after = page.next;
        if after.is_none() {
            return Ok(());
        }
    }
}
