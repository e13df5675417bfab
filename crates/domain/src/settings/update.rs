use base::{Code, Failure, Result};
use serde_json::json;
use store::{Changes, CommitError, Entity, Tenant, Update};

use super::{History, TenantSettings, get};
use crate::activities::{What, note};

/// What a request says of the settings; what it does not say stays.
#[derive(Clone, Copy, Debug, Default)]
pub struct SettingsChanges {
    /// What new members see.
    pub history: Option<History>,
    /// Whether the first valid token for an unknown external id creates the user.
    pub create_users: Option<bool>,
    /// Whether users may give their conversations an `external_id`.
    pub users_set_external_ids: Option<bool>,
    /// Whether a user who brings others together is held to the blocks among them.
    pub block_checks_in_groups: Option<bool>,
}

/// Changes the given settings, if they have the version that the caller saw,
/// when one is given.
///
/// # Errors
/// 409 `version_conflict`, also when another change came in between.
pub async fn update(tenant: &Tenant, changes: SettingsChanges, version: Option<i64>) -> Result<Entity<TenantSettings>> {
    let present = get(tenant).await?;
    if version.is_some_and(|version| version != present.version) {
        return Err(conflict(present.version));
    }
    let history = changes.history.unwrap_or(present.history);
    let create_users = changes.create_users.unwrap_or(present.create_users);
    let users_set_external_ids = changes.users_set_external_ids.or(present.users_set_external_ids);
    let block_checks_in_groups = changes.block_checks_in_groups.or(present.block_checks_in_groups);
    let wanted = TenantSettings { history, create_users, users_set_external_ids, block_checks_in_groups };
    if format!("{wanted:?}") == format!("{:?}", present.doc) {
        return Ok(present);
    }
    let mut batch = tenant.batch();
    if present.version == 0 {
        batch.insert_as(present.id, wanted);
    } else {
        let changes = Changes::new()
            .set(TenantSettings::history, history)
            .set(TenantSettings::create_users, create_users)
            .put(TenantSettings::users_set_external_ids, users_set_external_ids)
            .put(TenantSettings::block_checks_in_groups, block_checks_in_groups);
        batch.update(present.id, Update::of(changes).expecting_version(present.version));
    }
    note(&mut batch, None, What::SettingsUpdated, None, &json!({"version": present.version + 1}));
    match tenant.commit(batch).await {
        Ok(()) => get(tenant).await,
        Err(CommitError::Conflict { .. }) => Err(conflict(get(tenant).await?.version)),
        Err(error) => Err(error.into()),
    }
}

fn conflict(current: i64) -> Failure {
    let told = "The settings have changed since they were read; read them again and retry.";
    Failure::new(Code::VersionConflict, told).with_current_version(current)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn defaults_hold_until_the_first_change() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let before = get(&acme).await.unwrap();
        assert_eq!((before.version, before.history, before.create_users), (0, History::Whole, true));
        let changes = SettingsChanges { history: Some(History::FromJoining), ..SettingsChanges::default() };
        let after = update(&acme, changes, Some(0)).await.unwrap();
        assert_eq!((after.version, after.history, after.create_users), (1, History::FromJoining, true));
        let stale =
            update(&acme, SettingsChanges { history: Some(History::Whole), ..SettingsChanges::default() }, Some(0));
        let failure = stale.await.unwrap_err();
        assert_eq!((failure.code, failure.current_version), (Code::VersionConflict, Some(1)));
    }

    #[tokio::test]
    async fn settings_are_each_tenants_own() {
        let world = World::new();
        let (acme, umbrella) = (world.company("Acme").await.tenant, world.company("Umbrella").await.tenant);
        let changes = SettingsChanges { create_users: Some(false), ..SettingsChanges::default() };
        update(&acme, changes, None).await.unwrap();
        assert!(get(&umbrella).await.unwrap().create_users);
    }
}
