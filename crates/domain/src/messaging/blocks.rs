//! What a block does to the direct conversation of two users: a record of its
//! log says so, and every guard is shown it.

use std::collections::HashSet;

use base::{Error, Id, Result};
use futures_util::future::try_join_all;
use store::{AppendError, Changes, Entity, Seq, TenantStore, Update};

use super::access::open_id;
use super::collections::{Action, Conversation, Participant, RecordKind, Role, Visibility};
use super::conversation::of_two;
use super::permissions::Rule;
use super::record::{append, record};
use crate::actor::Actor;
use crate::relationships::{
    self, Pair, Relationship, RelationshipAction, SyncBlockFlag, apart, blocked_among, blocks_of,
    refused,
};
use crate::settings;
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

/// Users whose blocks are read at once.
const AT_ONCE: usize = 16;

/// Users of one question for participants.
const ASKED: usize = 1_000;

/// Lets an actor bring users together, in a conversation that is there or in a
/// new one. A user brings in nobody who blocks them or whom they block and, if
/// the tenant's settings say so, nobody together with a user who blocks them
/// or whom they block. A server decides for itself.
///
/// # Errors
/// 403 `user_blocked`.
pub(in crate::messaging) async fn check_blocks(
    tenant: &TenantStore,
    actor: Actor,
    conversation: Option<&Entity<Conversation>>,
    invited: &[Id<User>],
) -> Result<()> {
    let Actor::User(user) = actor else {
        return Ok(());
    };
    let others: Vec<_> = invited
        .iter()
        .copied()
        .filter(|other| *other != user)
        .collect();
    if !blocked_among(tenant, user, &others).await?.is_empty() {
        return Err(refused());
    }
    let brings_together = conversation.is_some() || others.len() > 1;
    if !brings_together || !settings::get(tenant).await?.block_checks_in_groups {
        return Ok(());
    }
    for users in others.chunks(AT_ONCE) {
        for blocks in try_join_all(users.iter().map(|user| blocks_of(tenant, *user))).await? {
            if others.iter().any(|other| blocks.contains(other))
                || meets(tenant, conversation, &blocks).await?
            {
                return Err(apart());
            }
        }
    }
    Ok(())
}

/// Lets a user join a public channel unless one of its owners and they block
/// each other.
///
/// # Errors
/// 403 `user_blocked`.
pub(super) async fn check_join(
    tenant: &TenantStore,
    conversation: &Entity<Conversation>,
    user: Id<User>,
) -> Result<()> {
    let blocks = blocks_of(tenant, user).await?;
    if meets(tenant, Some(conversation), &blocks).await? {
        Err(refused())
    } else {
        Ok(())
    }
}

/// Whether somebody who takes part is among these users. In a public channel,
/// where everybody may come in, only its owners count.
async fn meets(
    tenant: &TenantStore,
    conversation: Option<&Entity<Conversation>>,
    users: &HashSet<Id<User>>,
) -> Result<bool> {
    let Some(conversation) = conversation else {
        return Ok(false);
    };
    let is_public = conversation.visibility == Some(Visibility::Public);
    let users: Vec<_> = users.iter().copied().collect();
    for users in users.chunks(ASKED) {
        let parts = Participant::membership.eq(Participant::conversation_id, conversation.id);
        let parts = parts
            .one_of(Participant::user_id, users.iter().copied())
            .limit(ASKED);
        let counts =
            |part: &Entity<Participant>| part.is_active && (!is_public || part.role == Role::Owner);
        if tenant.list(parts).await?.items.iter().any(counts) {
            return Ok(true);
        }
    }
    Ok(false)
}
