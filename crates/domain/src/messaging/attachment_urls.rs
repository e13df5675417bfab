use base::{Error, Result};
use store::TenantStore;

use super::content::Attachment;
use crate::settings;

/// Checks that the tenant allows the URLs that a message did not have before.
///
/// # Errors
/// 400 that names the attachment.
pub(super) async fn check(
    tenant: &TenantStore,
    attachments: &[Attachment],
    held: &[Attachment],
) -> Result<()> {
    let is_new = |attachment: &Attachment| {
        attachment.url.is_some() && !held.iter().any(|held| held.url == attachment.url)
    };
    let Some(at) = attachments.iter().position(is_new) else {
        return Ok(());
    };
    if settings::get(tenant).await?.attachment_urls {
        return Ok(());
    }
    let fault = "The tenant accepts uploaded files only.";
    Err(Error::invalid(format!("/attachments/{at}/url"), fault))
}
