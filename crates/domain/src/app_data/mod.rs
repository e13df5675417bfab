//! What apps keep for users: one JSON value under each key.

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

/// The collections of the room.
pub(crate) const COLLECTIONS: &[&Declaration] = &[AppDatum::DECLARATION];

/// The value under a key. A user reads their own, a server any.
///
/// # Errors
/// 403 `forbidden`, 404 `app_data_not_found`.
pub async fn get(tenant: &TenantStore, actor: Actor, key: &AppKey) -> Result<Entity<AppDatum>> {
    permit(actor, key.user)?;
    key.find(tenant).await?.ok_or_else(not_found)
}

/// A page of what an app keeps for a user, in the order of the keys.
///
/// # Errors
/// 403 `forbidden`, 503 when the store cannot answer.
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

/// Times that racing requests may get in each other's way before one gives up.
const ROUNDS: usize = 20;

/// A value after a write.
#[derive(Clone, Debug)]
pub struct Put {
    /// The value that stands.
    pub datum: Entity<AppDatum>,
    /// Whether nothing stood under the key before.
    pub created: bool,
}

/// Writes a value under a key, if what stands there is what the writer
/// expects, notes it and tells the user's devices. Its version is 1 at first
/// and rises by one with each write. A user writes their own, a server any.
///
/// # Errors
/// 400 for a value beyond [`limit::APP_DATA_BYTES`], 403 `forbidden`, 409
/// `version_conflict` with the value and version that stand, 422
/// `limit_reached` beyond [`limit::APP_DATA_KEYS`] keys of one app or
/// [`limit::USER_APPS`] apps.
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
    for _ in 0..ROUNDS {
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
    Err(in_the_way())
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
    key.told(&mut batch, Some(datum.version));
    let [keys, apps] = &quotas;
    if counts.take(&mut batch, keys) {
        counts.take(&mut batch, apps);
    }
    tenant
        .commit(batch)
        .await
        .map_err(|error| counts.outrun(error))?;
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
    key.told(&mut batch, Some(version));
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

/// Says that others were always faster.
fn in_the_way() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Others are changing the same data; try again shortly.",
    )
    .retry_after_ms(100)
}

/// Removes the value under a key, if it has the version that the caller saw,
/// when one is given, notes it and tells the user's devices. A value that is written again begins with version 1.
///
/// # Errors
/// 403 `forbidden`, 404 `app_data_not_found`, 409 `version_conflict` with the
/// value and version that stand.
pub async fn delete(
    tenant: &TenantStore,
    actor: Actor,
    key: &AppKey,
    version: Option<i64>,
) -> Result<()> {
    permit(actor, key.user)?;
    for _ in 0..ROUNDS {
        let present = key.find(tenant).await?.ok_or_else(not_found)?;
        version
            .map_or(Expected::Any, Expected::Version)
            .check(Some(&present))?;
        let quotas = key.quotas();
        let counts = Quotas::read(tenant, &quotas).await?;
        let mut batch = tenant.batch();
        // A removal expects nothing of its own, so a write that changes nothing does.
        let same = Changes::new().set(AppDatum::value, present.value.clone());
        batch.update(
            present.id,
            Update::of(same)
                .quietly()
                .expecting_version(present.version),
        );
        batch.remove(present.id, true);
        key.told(&mut batch, None);
        let [keys, apps] = &quotas;
        if counts.give_back(&mut batch, keys) {
            counts.give_back(&mut batch, apps);
        }
        match tenant
            .commit(batch)
            .await
            .map_err(|error| counts.outrun(error))
        {
            Ok(()) => return Ok(()),
            Err(CommitConflict::Again) => {}
            Err(CommitConflict::Failed(failure)) => return Err(failure),
        }
    }
    Err(in_the_way())
}
