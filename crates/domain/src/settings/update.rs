use base::{Error, ErrorCode, Result};
use serde_json::json;
use store::{CommitError, TenantStore, Update};

use super::SettingsChanges;
use super::get::{CurrentSettings, FIRST_VERSION, get, id};
use crate::activities::{What, note};

/// Changes the given settings, if they have the version that the caller saw, when one is given.
///
/// # Errors
/// 409 `version_conflict`, also when another change came in between.
pub async fn update(
    tenant: &TenantStore,
    changes: SettingsChanges,
    version: Option<i64>,
) -> Result<CurrentSettings> {
    let present = get(tenant).await?;
    if version.is_some_and(|version| version != present.version) {
        return Err(conflict(present.version));
    }
    let settings = present.settings.changed(changes);
    if settings == present.settings {
        return Ok(present);
    }
    let mut batch = tenant.batch();
    if present.version == FIRST_VERSION {
        batch.insert_as(id(tenant), settings.document());
    } else {
        let stored = present.version - FIRST_VERSION;
        batch.update(
            id(tenant),
            Update::of(settings.changes()).expecting_version(stored),
        );
    }
    note(
        &mut batch,
        None,
        What::SettingsUpdated,
        None,
        &json!({"version": present.version + 1}),
    );
    match tenant.commit(batch).await {
        Ok(()) => get(tenant).await,
        Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. }) => {
            Err(conflict(get(tenant).await?.version))
        }
        Err(error) => Err(error.into()),
    }
}

fn conflict(current: i64) -> Error {
    let told = "The settings have changed since they were read; read them again and retry.";
    Error::new(ErrorCode::VersionConflict, told).with_current_version(current)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{History, Settings};
    use crate::world::World;

    #[tokio::test]
    async fn settings_have_a_version_that_can_be_sent_back() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let first = get(&acme).await.unwrap();
        assert_eq!(first.version, 1);
        assert_eq!(first.settings, Settings::default());
        let joining = SettingsChanges {
            history: Some(History::FromJoining),
            ..SettingsChanges::default()
        };
        let second = update(&acme, joining, Some(first.version)).await.unwrap();
        assert_eq!(second.version, 2);
        assert_eq!(
            second.settings,
            Settings {
                history: History::FromJoining,
                ..Settings::default()
            }
        );
        let metadata = SettingsChanges {
            users_set_metadata: Some(true),
            ..SettingsChanges::default()
        };
        let third = update(&acme, metadata, Some(second.version)).await.unwrap();
        assert_eq!(third.version, 3);
        assert!(third.users_set_metadata);
        let stale = update(&acme, SettingsChanges::default(), Some(first.version))
            .await
            .unwrap_err();
        assert_eq!(stale.code, ErrorCode::VersionConflict);
        assert_eq!(stale.current_version, Some(3));
    }

    #[tokio::test]
    async fn settings_are_each_tenants_own() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let umbrella = world.company("Umbrella").await.tenant;
        let changes = SettingsChanges {
            create_users: Some(false),
            ..SettingsChanges::default()
        };
        update(&acme, changes, None).await.unwrap();
        assert!(get(&umbrella).await.unwrap().create_users);
    }
}
