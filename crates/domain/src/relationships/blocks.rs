use std::collections::HashSet;
use std::sync::Arc;

use base::{Id, Result, TenantId, limit};
use store::{ChangeEvent, Collection, Query, Store, TenantStore};

use super::{Relationship, State};
use crate::invalidating_cache::{InvalidatingCache, Invalidation};
use crate::users::User;

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
