use base::Result;
use store::{Entity, TenantStore};

use super::key::{not_found, permit};
use super::{AppDatum, AppKey};
use crate::Actor;

/// The value under a key. A user reads their own, a server any.
///
/// # Errors
/// 403 `forbidden`, 404 `app_data_not_found`.
pub async fn get(tenant: &TenantStore, actor: Actor, key: &AppKey) -> Result<Entity<AppDatum>> {
    permit(actor, key.user)?;
    key.find(tenant).await?.ok_or_else(not_found)
}
