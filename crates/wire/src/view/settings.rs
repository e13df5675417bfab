use domain::settings as rooms;
use store::Entity;

use crate::{History, TenantSettings, TenantSettingsPatch};

impl TenantSettings {
    /// A tenant's settings.
    #[must_use]
    pub fn of(settings: &Entity<rooms::TenantSettings>) -> Self {
        Self {
            history: settings.history.into(),
            create_users: settings.create_users,
            users_set_external_ids: settings.users_set_external_ids.unwrap_or(false),
            block_checks_in_groups: settings.block_checks_in_groups.unwrap_or(true),
            updated_at: settings.updated_at,
            version: settings.version,
        }
    }
}

impl From<TenantSettingsPatch> for rooms::SettingsChanges {
    fn from(patch: TenantSettingsPatch) -> Self {
        Self {
            history: patch.history.map(History::into),
            create_users: patch.create_users,
            users_set_external_ids: patch.users_set_external_ids,
            block_checks_in_groups: patch.block_checks_in_groups,
        }
    }
}
