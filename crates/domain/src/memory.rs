//! What a process remembers of documents it has read.

use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use base::{Context, Recent, limit};
use parking_lot::Mutex;
use store::{Hint, Store};
use tokio::sync::broadcast::Receiver;
use tokio::sync::broadcast::error::TryRecvError;

/// What a hint makes a memory forget.
pub(crate) enum Forget<K> {
    /// Nothing.
    Nothing,
    /// One entry.
    One(K),
    /// Everything.
    All,
}

/// A bounded memory that never answers what a hint it could have read says is
/// gone: before each look it reads the hints that came. What another node
/// wrote is forgotten when its hint comes, and after
/// [`limit::REMEMBERED_SECONDS`] at the latest.
pub(crate) struct Memory<K, V> {
    entries: Recent<K, V>,
    context: Context,
    hints: Mutex<Receiver<Arc<Hint>>>,
    forgotten: AtomicU64,
    meaning: fn(&Hint) -> Forget<K>,
}

/// Says how much had been forgotten when a read of the store began.
#[derive(Clone, Copy)]
pub(crate) struct Ticket(u64);

impl<K, V> fmt::Debug for Memory<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Memory")
    }
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Clone + Send + Sync + 'static> Memory<K, V> {
    /// An empty memory for at most so many entries.
    pub(crate) fn new(store: &Store, entries: usize, meaning: fn(&Hint) -> Forget<K>) -> Self {
        let entries = Recent::new(entries, limit::REMEMBERED_SECONDS);
        let context = store.context().clone();
        Self {
            entries,
            context,
            hints: Mutex::new(store.watch_documents()),
            forgotten: AtomicU64::new(0),
            meaning,
        }
    }

    /// What is remembered under the key.
    pub(crate) fn recall(&self, key: &K) -> Option<V> {
        self.catch_up(&mut self.hints.lock());
        self.entries.get(key, self.context.now())
    }

    /// Must be drawn before the store is read.
    pub(crate) fn ticket(&self) -> Ticket {
        Ticket(self.forgotten.load(Ordering::SeqCst))
    }

    /// Remembers what the store said, unless something was forgotten since the
    /// ticket was drawn: then it may be old already.
    pub(crate) fn learn(&self, ticket: Ticket, key: K, value: V) {
        // Held until the entry stands, so that nobody can forget it before it is there.
        let mut hints = self.hints.lock();
        self.catch_up(&mut hints);
        if self.forgotten.load(Ordering::SeqCst) == ticket.0 {
            self.entries.insert(key, value, self.context.now());
        }
    }

    fn catch_up(&self, hints: &mut Receiver<Arc<Hint>>) {
        loop {
            match hints.try_recv() {
                Ok(hint) => self.forget((self.meaning)(&hint)),
                Err(TryRecvError::Lagged(_)) => {
                    *hints = hints.resubscribe();
                    self.forget(Forget::All);
                }
                Err(TryRecvError::Empty | TryRecvError::Closed) => return,
            }
        }
    }

    fn forget(&self, forget: Forget<K>) {
        match forget {
            Forget::Nothing => return,
            Forget::One(key) => self.entries.remove(&key),
            Forget::All => self.entries.clear(),
        }
        self.forgotten.fetch_add(1, Ordering::SeqCst);
    }
}

#[cfg(test)]
mod tests {
    use base::{Change, Id};
    use store::Collection;

    use super::*;
    use crate::Actor;
    use crate::users::{User, UserChanges, update};
    use crate::world::{World, ext, person};

    fn users(hint: &Hint) -> Forget<Id<User>> {
        match hint {
            Hint::Written {
                declaration, id, ..
            } if declaration.name == User::DECLARATION.name => Forget::One(Id::new(*id)),
            Hint::Lost => Forget::All,
            Hint::Written { .. } | Hint::Grew { .. } => Forget::Nothing,
        }
    }

    #[tokio::test]
    async fn what_was_read_before_a_write_is_not_learned_after_it() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let memory: Memory<Id<User>, i64> = Memory::new(&world.store, 10, users);
        memory.learn(memory.ticket(), ada, 1);
        assert_eq!(memory.recall(&ada), Some(1));
        let slow_reader = memory.ticket();
        let changes = UserChanges {
            name: Change::Set("Ada".to_owned()),
            ..UserChanges::default()
        };
        update(&acme, Actor::Server, &ext("ada"), changes, None, false)
            .await
            .unwrap();
        memory.learn(slow_reader, ada, 1);
        assert_eq!(memory.recall(&ada), None);
    }

    #[tokio::test]
    async fn a_memory_that_fell_behind_forgets_everything() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let memory: Memory<Id<User>, i64> = Memory::new(&world.store, 10, |_| Forget::Nothing);
        memory.learn(memory.ticket(), ada, 1);
        for _ in 0..9 {
            let mut batch = acme.batch();
            let now = batch.now();
            (0..500).for_each(|_| batch.raise(ada, User::last_seen_at, now));
            acme.commit(batch).await.unwrap();
        }
        assert_eq!(memory.recall(&ada), None);
    }
}
