use std::collections::HashSet;
use std::sync::Arc;

use base::{Error, ErrorCode, Id, Result, TenantId, limit};
use serde::{Deserialize, Serialize};
use store::{ChangeEvent, Collection, Query, Store, TenantStore};

use super::{Pair, Relationship, State};
use crate::actor::Actor;
use crate::invalidating_cache::{InvalidatingCache, Invalidation};
use crate::outbox::{Task, TaskKind};
use crate::users::{User, not_found};

/// Task that updates the block flag of the direct conversation of two users.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SyncBlockFlag {
    /// The user with the smaller id.
    pub low: Id<User>,
    /// The other user.
    pub high: Id<User>,
}

impl SyncBlockFlag {
    /// Creates the task for two users.
    #[must_use]
    pub fn new(one: Id<User>, other: Id<User>) -> Self {
        Self {
            low: one.min(other),
            high: one.max(other),
        }
    }
}

impl Task for SyncBlockFlag {
    const KIND: TaskKind = TaskKind::EnforceBlock;

    /// The task concerns two users and contains only their ids.
    fn user(&self) -> Option<Id<User>> {
        None
    }
}

/// Returns the error for a pair with a block, which does not reveal who blocks.
pub(crate) fn blocked_error() -> Error {
    Error::new(
        ErrorCode::UserBlocked,
        "One of the two users has blocked the other.",
    )
}

/// Returns the error for users that cannot share a conversation because of a block, which does not
/// reveal who blocks.
pub(crate) fn separated_error() -> Error {
    Error::new(
        ErrorCode::UserBlocked,
        "These users cannot be in one conversation: one of them has blocked another.",
    )
}

/// Returns which of `others` the user blocks or is blocked by, with two reads.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn blocked_among(
    tenant: &TenantStore,
    user: Id<User>,
    others: &[Id<User>],
) -> Result<HashSet<Id<User>>> {
    let own = Relationship::by_pair.eq(Relationship::user_id, user);
    let own = own
        .one_of(Relationship::other_id, others.iter().copied())
        .limit(others.len());
    let sides = others
        .iter()
        .map(|other| super::change::side(*other, user))
        .collect();
    let (own, theirs) = tokio::try_join!(tenant.list(own), tenant.list_each(sides, others.len()))?;
    let own = own
        .items
        .into_iter()
        .filter(|side| side.state == State::Blocked)
        .map(|side| side.other_id);
    let theirs = theirs
        .into_iter()
        .filter(|side| side.state == State::Blocked)
        .map(|side| side.user_id);
    Ok(own.chain(theirs).collect())
}

/// Returns which of `others` are friends of the user.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn friends_among(
    tenant: &TenantStore,
    user: Id<User>,
    others: &[Id<User>],
) -> Result<HashSet<Id<User>>> {
    let own = Relationship::by_pair.eq(Relationship::user_id, user);
    let own = tenant
        .list(
            own.one_of(Relationship::other_id, others.iter().copied())
                .limit(others.len()),
        )
        .await?;
    let friends = own
        .items
        .into_iter()
        .filter(|side| side.state == State::Friends);
    Ok(friends.map(|side| side.other_id).collect())
}

/// Fails with `user_not_found` if either user blocks the other: a block hides them from each other.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn require_visible(tenant: &TenantStore, actor: Actor, user: Id<User>) -> Result<()> {
    let Actor::User(onlooker) = actor else {
        return Ok(());
    };
    if onlooker != user && Pair::read(tenant, onlooker, user).await?.is_blocked() {
        return Err(not_found());
    }
    Ok(())
}

/// Fails with `user_not_found` if `user` has blocked the actor.
///
/// A block set by the actor does not hide `user`: the actor must be able to unblock.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn require_reachable(tenant: &TenantStore, actor: Actor, user: Id<User>) -> Result<()> {
    let Actor::User(onlooker) = actor else {
        return Ok(());
    };
    match Pair::read(tenant, onlooker, user).await?.states() {
        (own, State::Blocked) if own != State::Blocked => Err(not_found()),
        _ => Ok(()),
    }
}

/// Users that a user blocks or is blocked by.
pub type BlockedUsers = Arc<HashSet<Id<User>>>;

type Key = (TenantId, Id<User>);

/// Bounded read-through cache of [`blocks_of`], for frequent reads such as receipts. Cheap to
/// clone.
#[derive(Clone, Debug)]
pub struct Blocks {
    memory: Arc<InvalidatingCache<Key, BlockedUsers>>,
}

impl Blocks {
    /// Creates an empty cache.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        Self {
            memory: Arc::new(InvalidatingCache::new(
                store,
                limit::REMEMBERED_READERS,
                changed,
            )),
        }
    }

    /// Returns the users that a user blocks or is blocked by.
    ///
    /// # Errors
    /// Fails if the store is unavailable.
    pub async fn of(&self, tenant: &TenantStore, user: Id<User>) -> Result<BlockedUsers> {
        let key = (tenant.id(), user);
        if let Some(known) = self.memory.get(&key) {
            return Ok(known);
        }
        let read_generation = self.memory.read_generation();
        let found = Arc::new(blocks_of(tenant, user).await?);
        self.memory.insert(read_generation, key, Arc::clone(&found));
        Ok(found)
    }
}

/// A change event does not always contain both users, so that each one clears the cache.
fn changed(event: &ChangeEvent) -> Invalidation<Key> {
    match event {
        ChangeEvent::DocumentChanged { declaration, .. }
            if declaration.name == Relationship::DECLARATION.name =>
        {
            Invalidation::All
        }
        ChangeEvent::Lagged => Invalidation::All,
        ChangeEvent::DocumentChanged { .. } | ChangeEvent::LogAppended { .. } => {
            Invalidation::Nothing
        }
    }
}

/// Returns the users that a user blocks or is blocked by, bypassing the cache.
///
/// # Errors
/// Fails if the store is unavailable.
pub async fn blocks_of(tenant: &TenantStore, user: Id<User>) -> Result<HashSet<Id<User>>> {
    let own = Relationship::by_state
        .eq(Relationship::user_id, user)
        .eq(Relationship::state, State::Blocked);
    let theirs = Relationship::by_other
        .eq(Relationship::other_id, user)
        .eq(Relationship::state, State::Blocked);
    let (own, theirs) = tokio::try_join!(all(tenant, own), all(tenant, theirs))?;
    let own = own.into_iter().map(|side| side.other_id);
    Ok(own
        .chain(theirs.into_iter().map(|side| side.user_id))
        .collect())
}

async fn all(tenant: &TenantStore, query: Query<Relationship>) -> Result<Vec<Relationship>> {
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = tenant
            .list(query.clone().after(after).limit(limit::EVENT_BATCH))
            .await?;
        found.extend(page.items.into_iter().map(|side| side.doc));
        after = page.next;
        if after.is_none() {
            return Ok(found);
        }
    }
}
