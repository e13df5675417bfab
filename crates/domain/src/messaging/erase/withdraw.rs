use base::{ErrorCode, Result};
use store::{AppendError, Batch, CommitError, Entity, TenantData, TenantStore};

use super::TRIES;
use crate::actor::Actor;
use crate::holds::Unheld;
use crate::messaging::access::Rule;
use crate::messaging::collections::{Action, Reaction};
use crate::messaging::message::get;
use crate::messaging::reaction::{Changing, attempt};

/// Takes a reaction back by a record, so that the counts stay right. It may
/// stay when a hold was set meanwhile.
pub(crate) async fn withdraw(
    tenant: &TenantStore,
    reaction: &Entity<Reaction>,
    unheld: &Unheld,
) -> Result<()> {
    let Reaction {
        user_id: user,
        emoji,
        ..
    } = reaction.doc.clone();
    let changing = Changing {
        user,
        emoji,
        action: Action::Removed,
        present: Some(reaction.id),
        rule: Rule::Exist,
    };
    for _ in 0..TRIES {
        let (message, access) = match get(tenant, Actor::Server, reaction.message_id).await {
            Err(failure) if is_gone(failure.code) => {
                return drop_row(tenant, reaction, unheld).await;
            }
            found => found?,
        };
        if message.deleted_at.is_some() {
            return drop_row(tenant, reaction, unheld).await;
        }
        let unheld_here = unheld.clone();
        let beside = move |batch: &mut Batch<TenantData>| unheld_here.heed(batch);
        match attempt(tenant, &message, &access, changing.clone(), beside).await {
            Err(AppendError::Behind) => {}
            Err(AppendError::Refused(failure)) if is_gone(failure.code) => {
                return drop_row(tenant, reaction, unheld).await;
            }
            // Somebody else took it back meanwhile, or it must be looked at again.
            Ok(()) | Err(AppendError::PreconditionFailed { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

const fn is_gone(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::MessageNotFound | ErrorCode::ConversationNotFound
    )
}

/// Nobody counts the reactions of a message that is gone.
async fn drop_row(
    tenant: &TenantStore,
    reaction: &Entity<Reaction>,
    unheld: &Unheld,
) -> Result<()> {
    let mut batch = tenant.batch();
    unheld.heed(&mut batch);
    batch.remove(reaction.id, false);
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
