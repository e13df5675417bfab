use std::sync::Arc;

use base::{Id, Result, TenantId, limit};
use store::{ChangeEvent, Collection, Entity, Store, TenantStore};

use super::Session;
use crate::invalidating_cache::{InvalidatingCache, Invalidation};

type Key = (TenantId, Id<Session>);

/// Sessions cached by this process. A session that ends on this node is absent at the next lookup,
/// one that ends on another node when its change event arrives.
#[derive(Debug)]
pub(crate) struct SessionCache {
    sessions: InvalidatingCache<Key, Arc<Entity<Session>>>,
}

impl SessionCache {
    pub(crate) fn new(store: &Store) -> Self {
        let sessions = InvalidatingCache::new(store, limit::REMEMBERED_SESSIONS, invalidated_by);
        Self { sessions }
    }

    /// Returns a session that has not ended.
    ///
    /// # Errors
    /// 503 if the store is unavailable.
    pub(crate) async fn get(
        &self,
        tenant: &TenantStore,
        id: Id<Session>,
    ) -> Result<Option<Arc<Entity<Session>>>> {
        let key = (tenant.id(), id);
        let now = tenant.context().now();
        if let Some(cached) = self.sessions.get(&key)
            && now < cached.expires_at
        {
            return Ok(Some(cached));
        }
        let read_generation = self.sessions.read_generation();
        let Some(found) = tenant.get(id).await? else {
            return Ok(None);
        };
        let found = Arc::new(found);
        self.sessions
            .insert(read_generation, key, Arc::clone(&found));
        Ok(Some(found))
    }
}

fn invalidated_by(event: &ChangeEvent) -> Invalidation<Key> {
    match event {
        ChangeEvent::DocumentChanged {
            tenant: Some(tenant),
            declaration,
            id,
            ..
        } if declaration.name == Session::DECLARATION.name => {
            Invalidation::One((*tenant, Id::new(*id)))
        }
        ChangeEvent::DocumentChanged { .. } | ChangeEvent::LogAppended { .. } => {
            Invalidation::Nothing
        }
        ChangeEvent::Lagged => Invalidation::All,
    }
}
