use base::{Code, Id, Result};
use store::{AppendError, Entity, Tenant};

use super::TRIES;
use crate::actor::Actor;
use crate::messaging::access::Rule;
use crate::messaging::collections::{Action, Reaction};
use crate::messaging::message::get;
use crate::messaging::reaction::{Changing, attempt};
use crate::users::User;

/// Takes up to `limit` reactions of a user back, so that the counts stay
/// right. Answers how many there were.
pub(crate) async fn withdraw_some(tenant: &Tenant, user: Id<User>, limit: usize) -> Result<usize> {
    let query = Reaction::by_user.eq(Reaction::user_id, user).limit(limit);
    let reactions = tenant.list(query).await?.items;
    for reaction in &reactions {
        withdraw(tenant, reaction).await?;
    }
    Ok(reactions.len())
}

async fn withdraw(tenant: &Tenant, reaction: &Entity<Reaction>) -> Result<()> {
    let Reaction { user_id: user, emoji, .. } = reaction.doc.clone();
    let changing = Changing { user, emoji, action: Action::Removed, present: Some(reaction.id), rule: Rule::Exist };
    for _ in 0..TRIES {
        let (message, access) = match get(tenant, Actor::Server, reaction.message_id).await {
            Err(failure) if failure.code == Code::MessageNotFound => return drop_row(tenant, reaction).await,
            found => found?,
        };
        if message.deleted_at.is_some() {
            return drop_row(tenant, reaction).await;
        }
        match attempt(tenant, &message, &access, changing.clone()).await {
            Err(AppendError::Behind) => {}
            Err(AppendError::Refused(failure)) if is_gone(failure.code) => return drop_row(tenant, reaction).await,
            // Somebody else took it back meanwhile.
            Ok(()) | Err(AppendError::Stale { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

const fn is_gone(code: Code) -> bool {
    matches!(code, Code::MessageNotFound | Code::ConversationNotFound)
}

/// Nobody counts the reactions of a message that is gone.
async fn drop_row(tenant: &Tenant, reaction: &Entity<Reaction>) -> Result<()> {
    let mut batch = tenant.batch();
    batch.remove(reaction.id, false);
    Ok(tenant.commit(batch).await?)
}
