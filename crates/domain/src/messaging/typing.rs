//! Who is typing; ephemeral.

use base::{Id, Result, limit};
use store::TenantStore;

use super::collections::{Conversation, TypingIndicator};
use crate::users::User;

/// Says that a user types or has stopped. Watchers of the store are told; it
/// is forgotten after [`limit::TYPING_SECONDS`].
///
/// # Errors
/// When the store cannot write.
pub async fn set_typing(
    tenant: &TenantStore,
    conversation_id: Id<Conversation>,
    user_id: Id<User>,
    typing: bool,
) -> Result<()> {
    let mut batch = tenant.ephemeral_batch();
    let expires_at = batch
        .now()
        .plus_millis(i64::try_from(limit::TYPING_SECONDS * 1_000).unwrap_or(i64::MAX));
    let indicator = TypingIndicator {
        conversation_id,
        user_id,
        typing,
        expires_at,
    };
    batch.upsert(
        TypingIndicator::by_conversation,
        indicator,
        &["typing", "expires_at"],
        &[],
    );
    Ok(tenant.commit(batch).await?)
}
