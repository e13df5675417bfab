use base::{Id, IdOrExternalId, Result};
use store::{AppendError, Batch, Changes, Seq, TenantData, TenantStore, Update};

use crate::actor::Actor;
use crate::holds::{Unheld, held};
use crate::messaging::access::{Access, Rule, open};
use crate::messaging::collections::{Action, Conversation, Participant, marked_by};
use crate::messaging::record::{append, settings};
use crate::users::User;

/// Times that a deletion is tried against others.
const TRIES: usize = 5;

/// Deletes a conversation: an owner of it, or the tenant's server. Nobody sees
/// it any more, so what it was called goes. Its external id is free again, and
/// the two users of a direct one may begin another.
///
/// # Errors
/// 403 `role_not_allowed` or `not_a_participant`, 404 `conversation_not_found`,
/// 409 `legal_hold`.
pub async fn delete(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
) -> Result<()> {
    for _ in 0..TRIES {
        let access = open(tenant, actor, name).await?;
        access.require(Rule::Own)?;
        let unheld = unheld(tenant, access.conversation.id).await?;
        match attempt(tenant, &access, unheld).await {
            Err(AppendError::PreconditionFailed { .. } | AppendError::Behind) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return Ok(()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Asks for holds on the conversation and on everybody who has or had a part in it.
async fn unheld(tenant: &TenantStore, conversation: Id<Conversation>) -> Result<Unheld> {
    let unheld = Unheld::ask(tenant, [conversation.object_id()]).await?;
    let mut after = None;
    loop {
        let page = unheld.held_users(after).await?;
        let users = page.items.iter().map(|rule| Id::new(rule.id.object_id()));
        let parts = Participant::membership.eq(Participant::conversation_id, conversation);
        let parts = parts.one_of(Participant::user_id, users).limit(1);
        if !page.items.is_empty() && !tenant.list(parts).await?.items.is_empty() {
            return Err(held());
        }
        after = page.next;
        if after.is_none() {
            return Ok(unheld);
        }
    }
}

async fn attempt(tenant: &TenantStore, access: &Access, unheld: Unheld) -> Result<(), AppendError> {
    let handle = tenant.clone();
    let id = access.conversation.id;
    let by = access.acting_user();
    let guard = access.guard(Rule::Own, move |_| {
        let mut batch = handle.batch();
        delete_in(&mut batch, id, by, &unheld);
        Ok(batch)
    });
    append(
        tenant,
        settings(id, by, Action::Removed),
        access.head,
        guard,
    )
    .await
    .map(drop)
}

/// Deletes a conversation in a batch, beside the record that says so.
pub(in crate::messaging) fn delete_in(
    batch: &mut Batch<TenantData>,
    id: Id<Conversation>,
    by: Option<Id<User>>,
    unheld: &Unheld,
) {
    let changes = Changes::new()
        .clear(Conversation::external_id)
        .clear(Conversation::direct_key)
        .clear(Conversation::name)
        .clear(Conversation::avatar_url)
        .clear(Conversation::metadata)
        .set(Conversation::changed_seq, Seq::Assigned);
    unheld.heed(batch);
    batch.update(id, Update::of(changes).deleting(marked_by(by)));
}
