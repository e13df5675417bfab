use std::sync::Arc;

use base::{Id, Result, TenantId, Timestamp, limit};
use quick_cache::sync::Cache;
use store::{ChangeEvent, Collection, Entity, Store};

use crate::invalidating_cache::{InvalidatingCache, Invalidation};
use crate::tenants::{ApiKey, Application, Tenant, show_hash};

/// Cached tenants, applications and API keys.
#[derive(Debug)]
pub(super) struct Credentials {
    store: Store,
    tenants: InvalidatingCache<Id<Tenant>, Arc<Entity<Tenant>>>,
    applications: InvalidatingCache<Id<Application>, Arc<Entity<Application>>>,
    keys: InvalidatingCache<Id<ApiKey>, Arc<Entity<ApiKey>>>,
    /// A hash belongs to the same key forever, so that these entries need no invalidation.
    hashes: Cache<[u8; 32], Id<ApiKey>>,
    /// Time of the last recorded use of each key.
    uses: Cache<Id<ApiKey>, Timestamp>,
}

impl Credentials {
    pub(super) fn new(store: &Store) -> Self {
        let most = limit::REMEMBERED_CREDENTIALS;
        Self {
            store: store.clone(),
            tenants: InvalidatingCache::new(store, most, invalidated_by::<Tenant>),
            applications: InvalidatingCache::new(store, most, invalidated_by::<Application>),
            keys: InvalidatingCache::new(store, most, invalidated_by::<ApiKey>),
            hashes: Cache::new(most),
            uses: Cache::new(most),
        }
    }

    pub(super) async fn tenant(&self, id: TenantId) -> Result<Option<Arc<Entity<Tenant>>>> {
        self.load(&self.tenants, Id::new(id.object_id())).await
    }

    pub(super) async fn application(
        &self,
        id: Id<Application>,
    ) -> Result<Option<Arc<Entity<Application>>>> {
        self.load(&self.applications, id).await
    }

    /// Reads an application from the store, bypassing the cache.
    pub(super) async fn read_application(
        &self,
        id: Id<Application>,
    ) -> Result<Option<Arc<Entity<Application>>>> {
        self.read(&self.applications, id).await
    }

    pub(super) async fn key(&self, id: Id<ApiKey>) -> Result<Option<Arc<Entity<ApiKey>>>> {
        self.load(&self.keys, id).await
    }

    pub(super) async fn key_by_hash(&self, hash: [u8; 32]) -> Result<Option<Id<ApiKey>>> {
        if let Some(id) = self.hashes.get(&hash) {
            return Ok(Some(id));
        }
        let found = self
            .store
            .platform()
            .find(ApiKey::by_hash.eq(ApiKey::hash, show_hash(&hash)))
            .await?;
        let id = found.map(|key| key.id);
        if let Some(id) = id {
            self.hashes.insert(hash, id);
        }
        Ok(id)
    }

    /// Returns whether a use was recorded recently. If not, records this one.
    pub(super) fn use_recorded(
        &self,
        id: Id<ApiKey>,
        now: Timestamp,
        recently: impl Fn(Timestamp) -> bool,
    ) -> bool {
        if self.uses.get(&id).is_some_and(recently) {
            return true;
        }
        self.uses.insert(id, now);
        false
    }

    async fn load<C>(
        &self,
        memory: &InvalidatingCache<Id<C>, Arc<Entity<C>>>,
        id: Id<C>,
    ) -> Result<Option<Arc<Entity<C>>>>
    where
        C: Collection<Partition = store::PlatformData>,
    {
        match memory.get(&id) {
            Some(cached) => Ok(Some(cached)),
            None => self.read(memory, id).await,
        }
    }

    async fn read<C>(
        &self,
        memory: &InvalidatingCache<Id<C>, Arc<Entity<C>>>,
        id: Id<C>,
    ) -> Result<Option<Arc<Entity<C>>>>
    where
        C: Collection<Partition = store::PlatformData>,
    {
        let read_generation = memory.read_generation();
        let Some(found) = self.store.platform().get(id).await? else {
            return Ok(None);
        };
        let found = Arc::new(found);
        memory.insert(read_generation, id, Arc::clone(&found));
        Ok(Some(found))
    }
}

fn invalidated_by<C: Collection>(event: &ChangeEvent) -> Invalidation<Id<C>> {
    match event {
        ChangeEvent::DocumentChanged {
            declaration, id, ..
        } if declaration.name == C::DECLARATION.name => Invalidation::One(Id::new(*id)),
        ChangeEvent::DocumentChanged { .. } | ChangeEvent::LogAppended { .. } => {
            Invalidation::Nothing
        }
        ChangeEvent::Lagged => Invalidation::All,
    }
}
