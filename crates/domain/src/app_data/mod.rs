//! Data that apps store for users: one JSON value per key.

mod collections;
mod key;
#[cfg(test)]
mod tests;

use base::{Direction, Error, ErrorCode, ExternalId, Id, PageSize, Result, limit};
use store::{
    Changes, Collection, CommitError, Declaration, Entity, JsonText, Page, Position, TenantStore,
    Update,
};

use crate::Actor;
use crate::quotas::{CommitConflict, Quotas};
use crate::users::User;
pub use collections::AppDatum;
pub use key::{AppKey, Expected};
use key::{not_found, permit};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] = &[AppDatum::DECLARATION];

/// Returns the value of a key. Users may read their own values, a server any.
///
/// # Errors
/// 403 `forbidden`, 404 `app_data_not_found`.
pub async fn get(tenant: &TenantStore, actor: Actor, key: &AppKey) -> Result<Entity<AppDatum>> {
    permit(actor, key.user)?;
    key.find(tenant).await?.ok_or_else(not_found)
}

/// Lists the values of an app for a user in the order of the keys, one page at a time.
///
/// # Errors
/// 403 `forbidden`, 503 if the store is unavailable.
pub async fn list(
    tenant: &TenantStore,
    actor: Actor,
    (user, app): (Id<User>, ExternalId),
    size: PageSize,
    direction: Direction,
    after: Option<Position>,
) -> Result<Page<AppDatum>> {
    permit(actor, user)?;
    let of_app = AppDatum::by_key
        .eq(AppDatum::user_id, user)
        .eq(AppDatum::app_id, app);
    Ok(tenant
        .list(of_app.limit(size.get()).towards(direction).after(after))
        .await?)
}

/// Attempts of a write that conflicts with concurrent requests.
const MAX_ATTEMPTS: usize = 20;

/// Result of a write.
#[derive(Clone, Debug)]
pub struct Put {
    /// The stored value.
    pub datum: Entity<AppDatum>,
    /// Whether the key had no value before.
    pub created: bool,
}

/// Writes the value of a key if the precondition is met, records the activity and notifies the
/// user's devices. The version starts at 1 and is incremented by each write. Users may write their
/// own values, a server any.
///
/// # Errors
/// 400 for a value above [`limit::APP_DATA_BYTES`], 403 `forbidden`, 409 `version_conflict` with
/// the current value and version, 422 `limit_reached` above [`limit::APP_DATA_KEYS`] keys of one
/// app or [`limit::USER_APPS`] apps.
pub async fn put(
    tenant: &TenantStore,
    actor: Actor,
    key: &AppKey,
    value: JsonText,
    expected: Expected,
) -> Result<Put> {
    permit(actor, key.user)?;
    if value.0.len() > limit::APP_DATA_BYTES {
        return Err(Error::invalid(
            "/value",
            format!("must have at most {} bytes", limit::APP_DATA_BYTES),
        ));
    }
    for _ in 0..MAX_ATTEMPTS {
        let present = key.find(tenant).await?;
        expected.check(present.as_ref())?;
        let created = present.is_none();
        let written = match present {
            None => create(tenant, key, value.clone()).await,
            Some(present) => overwrite(tenant, key, present, value.clone()).await,
        };
        match written {
            Ok(datum) => return Ok(Put { datum, created }),
            Err(CommitConflict::Again) => {}
            Err(CommitConflict::Failed(failure)) => return Err(failure),
        }
    }
    Err(too_many_conflicts())
}

async fn create(
    tenant: &TenantStore,
    key: &AppKey,
    value: JsonText,
) -> Result<Entity<AppDatum>, CommitConflict> {
    let quotas = key.quotas();
    let mut counts = Quotas::read(tenant, &quotas).await?;
    let AppKey {
        user,
        app,
        key: data_key,
    } = key.clone();
    let mut batch = tenant.batch();
    let datum = batch.insert(AppDatum {
        user_id: user,
        app_id: app,
        data_key,
        value,
    });
    key.notify(&mut batch, Some(datum.version));
    let [keys, apps] = &quotas;
    if counts.reserve(&mut batch, keys) {
        counts.reserve(&mut batch, apps);
    }
    tenant
        .commit(batch)
        .await
        .map_err(|error| counts.commit_conflict(error))?;
    Ok(datum)
}

async fn overwrite(
    tenant: &TenantStore,
    key: &AppKey,
    present: Entity<AppDatum>,
    value: JsonText,
) -> Result<Entity<AppDatum>, CommitConflict> {
    let mut batch = tenant.batch();
    let now = batch.now();
    let version = present.version + 1;
    let changes = Changes::new().set(AppDatum::value, value.clone());
    batch.update(
        present.id,
        Update::of(changes).expecting_version(present.version),
    );
    key.notify(&mut batch, Some(version));
    match tenant.commit(batch).await {
        Ok(()) => Ok(Entity {
            version,
            updated_at: now,
            doc: AppDatum {
                value,
                ..present.doc
            },
            ..present
        }),
        Err(CommitError::PreconditionFailed { .. }) => Err(CommitConflict::Again),
        Err(error) => Err(error.into()),
    }
}

/// Returns the error for a write that lost to concurrent writes on every attempt.
fn too_many_conflicts() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Concurrent changes of the same data; retry shortly.",
    )
    .retry_after_ms(100)
}

/// Deletes the value of a key, records the activity and notifies the user's devices. If `version`
/// is given, the stored version must match. A value written later starts at version 1.
///
/// # Errors
/// 403 `forbidden`, 404 `app_data_not_found`, 409 `version_conflict` with the current value and
/// version.
pub async fn delete(
    tenant: &TenantStore,
    actor: Actor,
    key: &AppKey,
    version: Option<i64>,
) -> Result<()> {
    permit(actor, key.user)?;
    for _ in 0..MAX_ATTEMPTS {
        let present = key.find(tenant).await?.ok_or_else(not_found)?;
        version
            .map_or(Expected::Any, Expected::Version)
            .check(Some(&present))?;
        let quotas = key.quotas();
        let counts = Quotas::read(tenant, &quotas).await?;
        let mut batch = tenant.batch();
        // A deletion has no precondition, so an update without changes carries it.
        let same = Changes::new().set(AppDatum::value, present.value.clone());
        batch.update(
            present.id,
            Update::of(same)
                .quietly()
                .expecting_version(present.version),
        );
        batch.remove(present.id, true);
        key.notify(&mut batch, None);
        let [keys, apps] = &quotas;
        if counts.release(&mut batch, keys) {
            counts.release(&mut batch, apps);
        }
        match tenant
            .commit(batch)
            .await
            .map_err(|error| counts.commit_conflict(error))
        {
            Ok(()) => return Ok(()),
            Err(CommitConflict::Again) => {}
            Err(CommitConflict::Failed(failure)) => return Err(failure),
        }
    }
    Err(too_many_conflicts())
}
