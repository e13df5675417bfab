use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base::{Context, TtlCache, limit};
use parking_lot::Mutex;
use store::{ChangeEvent, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// Effect of a change event on a cache.
pub(crate) enum Invalidation<K> {
    /// No entry is removed.
    Nothing,
    /// One entry is removed.
    One(K),
    /// All entries are removed.
    All,
}

/// Bounded read-through cache that is invalidated by the store's change events.
///
/// Each lookup first applies the events that have arrived, so that a write on this node is visible
/// at once. A write on another node is visible when its event arrives, and after
/// [`limit::REMEMBERED_SECONDS`] at the latest.
pub(crate) struct InvalidatingCache<K, V> {
    entries: TtlCache<K, V>,
    context: Context,
    events: Mutex<Receiver<Arc<ChangeEvent>>>,
    invalidations: AtomicU64,
    invalidated_by: fn(&ChangeEvent) -> Invalidation<K>,
}

/// Number of invalidations at the time a read of the store began.
#[derive(Clone, Copy)]
pub(crate) struct ReadGeneration(u64);

impl<K, V> fmt::Debug for InvalidatingCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("InvalidatingCache")
    }
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static>
    InvalidatingCache<K, V>
{
    /// Creates an empty cache with room for `capacity` entries.
    pub(crate) fn new(
        store: &Store,
        entries: usize,
        invalidated_by: fn(&ChangeEvent) -> Invalidation<K>,
    ) -> Self {
        let entries = TtlCache::new(entries, limit::REMEMBERED_SECONDS);
        let context = store.context().clone();
        Self {
            entries,
            context,
            events: Mutex::new(store.watch_documents()),
            invalidations: AtomicU64::new(0),
            invalidated_by,
        }
    }

    /// Returns the cached value of the key.
    pub(crate) fn get(&self, key: &K) -> Option<V> {
        self.catch_up(&mut self.events.lock());
        self.entries.get(key, self.context.now())
    }

    /// Returns the current generation. Take it before the read of the store and pass it to
    /// [`Self::insert`].
    pub(crate) fn read_generation(&self) -> ReadGeneration {
        ReadGeneration(self.invalidations.load(Ordering::SeqCst))
    }

    /// Caches a value, unless an entry was invalidated since the read began: the value may then be
    /// stale.
    pub(crate) fn insert(&self, read_generation: ReadGeneration, key: K, value: V) {
        // Held until the entry is inserted, so that an invalidation cannot arrive in between.
        let mut events = self.events.lock();
        self.catch_up(&mut events);
        if self.invalidations.load(Ordering::SeqCst) == read_generation.0 {
            self.entries.insert(key, value, self.context.now());
        }
    }

    fn catch_up(&self, events: &mut Receiver<Arc<ChangeEvent>>) {
        loop {
            match events.try_recv() {
                Ok(event) => self.forget((self.invalidated_by)(&event)),
                Err(TryRecvError::Lagged(_)) => {
                    *events = events.resubscribe();
                    self.forget(Invalidation::All);
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn forget(&self, forget: Invalidation<K>) {
        match forget {
            Invalidation::Nothing => return,
            Invalidation::One(key) => self.entries.remove(&key),
            Invalidation::All => self.entries.clear(),
        }
        self.invalidations.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use base::{Id, Patch};
    use store::Collection;

    use super::*;
    use crate::Actor;
    use crate::users::{User, UserChanges, update};
    use crate::world::{World, ext, person};

    fn users(event: &ChangeEvent) -> Invalidation<Id<User>> {
        match event {
            ChangeEvent::DocumentChanged {
                declaration, id, ..
            } if declaration.name == User::DECLARATION.name => Invalidation::One(Id::new(*id)),
            ChangeEvent::Lagged => Invalidation::All,
            ChangeEvent::DocumentChanged { .. } | ChangeEvent::LogAppended { .. } => {
                Invalidation::Nothing
            }
        }
    }

    #[tokio::test]
    async fn value_read_before_a_write_is_not_cached() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let memory: InvalidatingCache<Id<User>, i64> =
            InvalidatingCache::new(&world.store, 10, users);
        memory.insert(memory.read_generation(), ada, 1);
        assert_eq!(memory.get(&ada), Some(1));
        let slow_reader = memory.read_generation();
        let changes = UserChanges {
            name: Patch::Set("Ada".to_owned()),
            ..UserChanges::default()
        };
        update(&acme, Actor::Server, &ext("ada"), changes, None, false)
            .await
            .unwrap();
        memory.insert(slow_reader, ada, 1);
        assert_eq!(memory.get(&ada), None);
    }

    #[tokio::test]
    async fn cache_that_lags_is_cleared() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let memory: InvalidatingCache<Id<User>, i64> =
            InvalidatingCache::new(&world.store, 10, |_| Invalidation::Nothing);
        memory.insert(memory.read_generation(), ada, 1);
        for _ in 0..9 {
            let mut batch = acme.batch();
            let now = batch.now();
            (0..500).for_each(|_| batch.raise(ada, User::last_seen_at, now));
            acme.commit(batch).await.unwrap();
        }
        assert_eq!(memory.get(&ada), None);
    }
}
