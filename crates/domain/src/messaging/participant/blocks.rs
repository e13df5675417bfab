use std::collections::HashSet;

use base::{Id, Result};
use futures_util::future::try_join_all;
use store::{Entity, TenantStore};

use crate::actor::Actor;
use crate::messaging::collections::{Conversation, Participant, Role, Visibility};
use crate::relationships::{apart, blocked_among, blocks_of, refused};
use crate::settings;
use crate::users::User;

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
