use base::{Id, Named, Result};
use store::{AppendError, Changes, Seq, Tenant, Update};

use crate::actor::Actor;
use crate::messaging::access::{Rule, open};
use crate::messaging::collections::{Action, Conversation, marked_by};
use crate::messaging::record::{append, settings};
use crate::users::User;

/// Times that a deletion is tried against others.
const TRIES: usize = 5;

/// Deletes a conversation: an owner of it, or the tenant's server. Nobody sees
/// it any more, so what it was called goes. Its external id is free again, and
/// the two users of a direct one may begin another.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found`.
pub async fn delete(tenant: &Tenant, actor: Actor, name: &Named<Conversation>) -> Result<()> {
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Own)?;
        let update = deletion(access.acting_user());
        let (handle, id) = (tenant.clone(), access.conversation.id);
        let guard = access.guard(Rule::Own, move |_| {
            let mut batch = handle.batch();
            batch.update(id, update.clone());
            Ok(batch)
        });
        match append(tenant, settings(id, access.acting_user(), Action::Removed), access.seen, guard).await {
            Err(AppendError::Stale { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}

/// What deletes a conversation, beside the record that says so.
pub(in crate::messaging) fn deletion(by: Option<Id<User>>) -> Update<Conversation> {
    let changes = Changes::new()
        .clear(Conversation::external_id)
        .clear(Conversation::direct_key)
        .clear(Conversation::name)
        .clear(Conversation::avatar_url)
        .clear(Conversation::metadata)
        .set(Conversation::changed_seq, Seq::Assigned);
    Update::of(changes).deleting(marked_by(by))
}
