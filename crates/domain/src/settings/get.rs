use std::ops::Deref;

use base::{Id, Result, Timestamp};
use store::{Entity, TenantStore};

use super::{Settings, TenantSettings};

/// The settings of a tenant as of a version. Reads like the settings themselves.
#[derive(Clone, Copy, Debug)]
pub struct CurrentSettings {
    /// The settings.
    pub settings: Settings,
    /// When they were changed last; the epoch if never.
    pub updated_at: Timestamp,
    /// Rises by one with each change, from 1.
    pub version: i64,
}

impl Deref for CurrentSettings {
    type Target = Settings;

    fn deref(&self) -> &Settings {
        &self.settings
    }
}

/// The version of the defaults: settings that were never changed are not stored.
pub(super) const FIRST_VERSION: i64 = 1;

/// Returns a tenant's settings; the defaults, as version 1, if they were never changed.
///
/// # Errors
/// When the store cannot answer.
pub async fn get(tenant: &TenantStore) -> Result<CurrentSettings> {
    let stored = tenant.get(id(tenant)).await?;
    Ok(stored
        .as_ref()
        .map_or_else(CurrentSettings::first, CurrentSettings::of))
}

/// The settings' id, which is the tenant's.
pub(super) fn id(tenant: &TenantStore) -> Id<TenantSettings> {
    Id::new(tenant.id().object_id())
}

impl CurrentSettings {
    fn first() -> Self {
        Self {
            settings: Settings::default(),
            updated_at: Timestamp::EPOCH,
            version: FIRST_VERSION,
        }
    }

    fn of(stored: &Entity<TenantSettings>) -> Self {
        let settings = Settings::of(&stored.doc);
        Self {
            settings,
            updated_at: stored.updated_at,
            version: stored.version + FIRST_VERSION,
        }
    }
}
