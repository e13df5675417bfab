use base::{Id, Result};
use store::{CommitError, TenantStore};

use super::{find, not_found};
use crate::user_log::{UserEvent, tell};
use crate::users::User;

/// Removes a device of a user. Its connections are closed, on whichever
/// server they are.
///
/// # Errors
/// 404 `device_not_found`.
pub async fn remove(tenant: &TenantStore, user: Id<User>, device_id: &str) -> Result<()> {
    let device = find(tenant, user, device_id).await?.ok_or_else(not_found)?;
    let mut batch = tenant.batch();
    batch.remove(device.id, true);
    tell(
        &mut batch,
        user,
        UserEvent::DeviceRemoved {
            device_id: device_id.to_owned(),
        },
    );
    match tenant.commit(batch).await {
        Err(CommitError::PreconditionFailed { .. }) => Err(not_found()),
        committed => Ok(committed?),
    }
}
