use base::Result;
use store::{Changes, TenantStore, Update};

use super::key::{not_found, permit};
use super::put::in_the_way;
use super::{AppDatum, AppKey, Expected};
use crate::Actor;
use crate::quotas::{CommitConflict, Quotas};

/// Times that racing requests may get in each other's way before one gives up.
const ROUNDS: usize = 20;

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
