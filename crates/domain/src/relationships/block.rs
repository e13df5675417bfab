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

/// That the direct conversation of two users must say whether one blocks the other.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SyncBlockFlag {
    /// The one with the smaller id.
    pub low: Id<User>,
    /// The other.
    pub high: Id<User>,
}

impl SyncBlockFlag {
    /// Of these two.
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

    /// It is for two, and holds nothing but their ids.
    fn user(&self) -> Option<Id<User>> {
        None
    }
}

/// Says that one of two users blocks the other, not which.
pub(crate) fn refused() -> Error {
    Error::new(
        ErrorCode::UserBlocked,
        "One of the two users has blocked the other.",
    )
}

/// Says that users cannot come together since one of them blocks another, not which.
pub(crate) fn apart() -> Error {
    Error::new(
        ErrorCode::UserBlocked,
        "These users cannot be in one conversation: one of them has blocked another.",
    )
}

/// Those among `others` whom the user blocks or who block the user, by two statements.
///
/// # Errors
/// When the store cannot answer.
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

/// Returns those among `others` who are friends of the user.
///
/// # Errors
/// When the store cannot answer.
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

/// Lets an actor see a user: a block hides them from each other as if they
/// were not there.
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

/// Lets a user have to do with another who has not blocked them: to whom is
/// blocked the other is not there. An own block hides nothing from its maker,
/// who must be able to lift it.
///
/// # Errors
/// 404 `user_not_found`.
pub async fn require_reachable(tenant: &TenantStore, actor: Actor, user: Id<User>) -> Result<()> {
    let Actor::User(onlooker) = actor else {
        return Ok(());
    };
    match Pair::read(tenant, onlooker, user).await?.states() {
        (mine, State::Blocked) if mine != State::Blocked => Err(not_found()),
        _ => Ok(()),
    }
}

/// Users whom a user blocks and users who block them.
pub type BlockedUsers = Arc<HashSet<Id<User>>>;

type Key = (TenantId, Id<User>);

/// Bounded read-through cache of [`blocks_of`] for what is shown often, like
/// marks. Cheap to clone.
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

    /// Returns whom a user blocks or is blocked by.
    ///
    /// # Errors
    /// When the store cannot answer.
    pub async fn of(&self, tenant: &TenantStore, user: Id<User>) -> Result<BlockedUsers> {
        let key = (tenant.id(), user);
        if let Some(known) = self.memory.recall(&key) {
            return Ok(known);
        }
        let ticket = self.memory.ticket();
        let found = Arc::new(blocks_of(tenant, user).await?);
        self.memory.learn(ticket, key, Arc::clone(&found));
        Ok(found)
    }
}

/// A hint of a change does not always name the two users.
fn changed(hint: &ChangeEvent) -> Invalidation<Key> {
    match hint {
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

/// Returns the users whom a user blocks and who block them.
///
/// # Errors
/// When the store cannot answer.
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
