//! What a block does to the direct conversation of two users: a record of its
//! log says so, and every guard is shown it.

use base::{Failure, Id, Result};
use store::{AppendError, Changes, Entity, Seq, Tenant, Update};

use super::access::{Rule, open_id};
use super::collections::{Action, Conversation, RecordKind};
use super::conversation::of_two;
use super::record::{append, record};
use crate::actor::Actor;
use crate::relationships::{self, Deed, Enforce, Pair, Relationship};
use crate::users::User;

/// Times that it is tried while both change their minds.
const TRIES: usize = 20;

/// Changes how a user stands to another. When a block is answered, no message
/// between the two stands behind it.
///
/// # Errors
/// As [`relationships::change`].
pub async fn relate(
    tenant: &Tenant,
    user: Id<User>,
    other: Id<User>,
    deed: Deed,
) -> Result<Relationship> {
    let side = relationships::change(tenant, user, other, deed).await?;
    if matches!(deed, Deed::Block | Deed::Unblock) {
        enforce(tenant, &Enforce::new(user, other)).await?;
    }
    Ok(side)
}

/// Brings the direct conversation of two users, if there is one, to what holds
/// between them. Done twice it does no harm.
///
/// # Errors
/// When the store cannot write.
pub async fn enforce(tenant: &Tenant, of: &Enforce) -> Result<()> {
    for _ in 0..TRIES {
        let Some(conversation) = tenant.find(of_two(of.low, of.high)).await? else {
            return Ok(());
        };
        let pair = Pair::read(tenant, of.low, of.high).await?;
        if conversation.blocked.unwrap_or(false) == pair.is_blocked() {
            return Ok(());
        }
        match attempt(tenant, &conversation, pair).await {
            // Written, or somebody changed the pair or said the same, or it is just begun or deleted: looks again.
            Ok(())
            | Err(
                AppendError::Stale { .. }
                | AppendError::Conflict { .. }
                | AppendError::Behind
                | AppendError::Refused(_),
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::from(AppendError::Behind))
}

async fn attempt(
    tenant: &Tenant,
    conversation: &Entity<Conversation>,
    pair: Pair,
) -> Result<(), AppendError> {
    let access = open_id(tenant, Actor::Server, conversation.id)
        .await
        .map_err(AppendError::Refused)?;
    let blocked = pair.is_blocked();
    let handle = tenant.clone();
    let id = conversation.id;
    let before = conversation.blocked;
    let guard = access.guard(Rule::Exist, move |_| {
        let mut batch = handle.batch();
        let changes = Changes::new()
            .set(Conversation::blocked, blocked)
            .set(Conversation::changed_seq, Seq::Assigned);
        batch.update(
            id,
            Update::of(changes).expecting(Conversation::blocked, before),
        );
        // The record says what holds between the two at this very moment.
        pair.hold(&mut batch);
        Ok(batch)
    });
    let action = Some(if blocked {
        Action::Added
    } else {
        Action::Removed
    });
    let record = super::collections::Message {
        action,
        ..record(id, RecordKind::Block, None)
    };
    append(tenant, record, access.head, guard).await.map(drop)
}
