use base::{Id, IdOrExternalId, Patch, Result};
use store::TenantStore;

use super::{ConversationPatch, ConversationView, update};
use crate::actor::Actor;
use crate::media::{File, claim_avatar, release_avatar};
use crate::messaging::access::open;
use crate::messaging::collections::Conversation;
use crate::messaging::permissions::Rule;

/// Shows an uploaded file as the avatar of a conversation. Requires an admin, an owner or the
/// tenant's server. The file of the previous avatar is removed.
///
/// # Errors
/// 400 if the file cannot be used, 403 `role_not_allowed`, 404 `conversation_not_found`.
pub async fn set_avatar(
    tenant: &TenantStore,
    actor: Actor,
    named: &IdOrExternalId<Conversation>,
    file: Id<File>,
) -> Result<ConversationView> {
    let access = open(tenant, actor, named).await?;
    access.require(Rule::Manage)?;
    let id = access.conversation.id;
    let before = access.conversation.avatar_url.clone();
    let path = claim_avatar(tenant, actor, file, id.object_id(), None).await?;
    let patch = ConversationPatch {
        avatar_url: Patch::Set(path.clone()),
        ..ConversationPatch::default()
    };
    let view = update(tenant, actor, &IdOrExternalId::Id(id), patch).await?;
    if let Some(before) = before.filter(|before| *before != path) {
        release_avatar(tenant, &before).await?;
    }
    Ok(view)
}
