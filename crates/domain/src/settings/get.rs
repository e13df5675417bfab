use base::{Id, Result, Timestamp};
use store::{Entity, Tenant};

use super::{History, TenantSettings};

/// A tenant's settings; the defaults, as version 0, while nobody has changed them.
///
/// # Errors
/// When the store cannot answer.
pub async fn get(tenant: &Tenant) -> Result<Entity<TenantSettings>> {
    let id = Id::new(tenant.id().object_id());
    let (created_at, updated_at) = (Timestamp::EPOCH, Timestamp::EPOCH);
    let doc = TenantSettings {
        history: History::Whole,
        create_users: true,
        users_set_external_ids: None,
        block_checks_in_groups: None,
    };
    let default = Entity { id, created_at, updated_at, version: 0, deleted_at: None, deleted_by: None, doc };
    Ok(tenant.get(id).await?.unwrap_or(default))
}
