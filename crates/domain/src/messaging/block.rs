//! What a block does to the direct conversation of two users: a record of its
//! log says so, and every guard is shown it.

use base::{Error, Id, Result};
use store::{AppendError, Changes, Entity, Seq, TenantStore, Update};

use super::access::{Rule, open_id};
use super::collections::{Action, Conversation, RecordKind};
use super::conversation::of_two;
use super::record::{append, record};
use crate::actor::Actor;
use crate::relationships::{self, Pair, Relationship, RelationshipAction, SyncBlockFlag};
use crate::users::User;

/// Times that it is tried while both change their minds.
const TRIES: usize = 20;

/// Changes how a user stands to another. When a block is answered, no message
/// between the two stands behind it.
///
/// # Errors
/// As [`relationships::change`].
pub async fn relate(
    tenant: &TenantStore,
    user: Id<User>,
    other: Id<User>,
    deed: RelationshipAction,
) -> Result<Relationship> {
    let side = relationships::change(tenant, user, other, deed).await?;
    if matches!(
        deed,
        RelationshipAction::Block | RelationshipAction::Unblock
    ) {
        enforce(tenant, &SyncBlockFlag::new(user, other)).await?;
    }
    Ok(side)
}

/// Brings the direct conversation of two users, if there is one, to what holds
/// between them. Done twice it does no harm.
///
/// # Errors
/// When the store cannot write.
pub async fn enforce(tenant: &TenantStore, of: &SyncBlockFlag) -> Result<()> {
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
                AppendError::PreconditionFailed { .. }
                | AppendError::Conflict { .. }
                | AppendError::Behind
                | AppendError::Refused(_),
            ) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::from(AppendError::Behind))
}

async fn attempt(
    tenant: &TenantStore,
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
