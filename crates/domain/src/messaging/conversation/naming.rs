use base::{Error, ErrorCode, Result};
use store::TenantStore;

use super::new::NewConversation;
use crate::settings;

/// Lets a user's token create a conversation as asked for: external ids are
/// the tenant's names, which its servers give, unless the settings allow users
/// to. Asked before anything is looked up, so that the answer does not tell
/// whether a name is taken.
///
/// # Errors
/// 403 `forbidden` for an `external_id`.
pub async fn require_naming(tenant: &TenantStore, new: &NewConversation) -> Result<()> {
    if new.external_id.is_none() || settings::get(tenant).await?.users_set_external_ids {
        return Ok(());
    }
    let told = "Only a server gives a conversation an external_id; leave it out, or set users_set_external_ids.";
    Err(Error::new(ErrorCode::Forbidden, told))
}
