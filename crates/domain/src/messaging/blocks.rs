//! Effect of blocks on conversations: direct conversations are blocked by a log record, so that
//! every guard sees it; other conversations check blocks when users are added or join.

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
    self, Pair, Relationship, RelationshipAction, SyncBlockFlag, blocked_among, blocked_error,
    blocks_of, separated_error,
};
use crate::settings;
use crate::users::User;

/// Maximum attempts when both users change their relationship concurrently.
const MAX_ATTEMPTS: usize = 20;

/// Changes the relationship of a user to another. After a block has been acknowledged, no message
/// between the two can commit.
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

/// Synchronizes the block flag of two users' direct conversation, if it exists, with their
/// relationship. Idempotent.
///
/// # Errors
/// When the store is unavailable.
pub async fn enforce(tenant: &TenantStore, of: &SyncBlockFlag) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let Some(conversation) = tenant.find(of_two(of.low, of.high)).await? else {
            return Ok(());
        };
        let pair = Pair::read(tenant, of.low, of.high).await?;
        if conversation.blocked.unwrap_or(false) == pair.is_blocked() {
            return Ok(());
        }
        match attempt(tenant, &conversation, pair).await {
            // Also reached after a conflict with a concurrent change, creation or deletion: reads
            // again.
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
        // The record must match the relationship in the same commit.
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

/// Users whose blocks are read concurrently.
const CONCURRENT_READS: usize = 16;

/// Users per participant query.
const USERS_PER_QUERY: usize = 1_000;

/// Checks whether an actor may bring users together in a new or existing conversation. Rejects
/// invited users with a block between them and the actor. Depending on the tenant's settings, also
/// rejects invited users with a block between them and another participant. The tenant's server is
/// not restricted.
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
        return Err(blocked_error());
    }
    let brings_together = conversation.is_some() || others.len() > 1;
    if !brings_together || !settings::get(tenant).await?.block_checks_in_groups {
        return Ok(());
    }
    for users in others.chunks(CONCURRENT_READS) {
        for blocks in try_join_all(users.iter().map(|user| blocks_of(tenant, *user))).await? {
            if others.iter().any(|other| blocks.contains(other))
                || any_participant(tenant, conversation, &blocks).await?
            {
                return Err(separated_error());
            }
        }
    }
    Ok(())
}

/// Checks whether a user may join a public channel: not if there is a block between them and an
/// owner.
///
/// # Errors
/// 403 `user_blocked`.
pub(super) async fn check_owner_blocks(
    tenant: &TenantStore,
    conversation: &Entity<Conversation>,
    user: Id<User>,
) -> Result<()> {
    let blocks = blocks_of(tenant, user).await?;
    if any_participant(tenant, Some(conversation), &blocks).await? {
        Err(blocked_error())
    } else {
        Ok(())
    }
}

/// Returns whether any of these users is a participant. For public channels, only owners count,
/// since every user may join.
async fn any_participant(
    tenant: &TenantStore,
    conversation: Option<&Entity<Conversation>>,
    users: &HashSet<Id<User>>,
) -> Result<bool> {
    let Some(conversation) = conversation else {
        return Ok(false);
    };
    let is_public = conversation.visibility == Some(Visibility::Public);
    let users: Vec<_> = users.iter().copied().collect();
    for users in users.chunks(USERS_PER_QUERY) {
        let members = Participant::membership.eq(Participant::conversation_id, conversation.id);
        let members = members
            .one_of(Participant::user_id, users.iter().copied())
            .limit(USERS_PER_QUERY);
        let counts = |member: &Entity<Participant>| {
            member.is_active && (!is_public || member.role == Role::Owner)
        };
        if tenant.list(members).await?.items.iter().any(counts) {
            return Ok(true);
        }
    }
    Ok(false)
}
