use base::{Error, ErrorCode, Result, limit};
use store::{Changes, CommitError, Entity, JsonText, TenantStore, Update};

use super::key::permit;
use super::{AppDatum, AppKey, Expected};
use crate::Actor;
use crate::quotas::{CommitConflict, Quotas};

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
pub(super) fn in_the_way() -> Error {
    Error::new(
        ErrorCode::Unavailable,
        "Others are changing the same data; try again shortly.",
    )
    .retry_after_ms(100)
}
