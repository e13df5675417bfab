use std::fmt;
use std::sync::Arc;

use base::{Context, Id, TenantId};
use tokio::sync::broadcast;

use crate::change_event::ChangeEvent;
use crate::collection::Collection;
use crate::declaration::Declaration;
use crate::due_index::{DueIndex, DueIndexes};
use crate::engine::{Engine, ReadError};
use crate::handle::{Handle, OfPlatform, OfTenant, PlatformStore, TenantStore};
use crate::heads::HeadTable;
use crate::partition::{self, Isolation, Partition};
use crate::sequencer::Sequencers;
use crate::statement::Due;
use crate::stats::Stats;

/// Maximum number of change events that wait for a watcher; beyond it the oldest are lost.
const HINTS: usize = 4_096;

/// Open store. Cheap to clone.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) context: Context,
    pub(crate) sequencers: Sequencers,
    pub(crate) heads: HeadTable,
    pub(crate) agendas: DueIndexes,
    hints: broadcast::Sender<Arc<ChangeEvent>>,
    documents: broadcast::Sender<Arc<ChangeEvent>>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

impl Store {
    /// Creates a store over an engine.
    ///
    /// Must be called in a tokio runtime, in which it follows the change events of the engine.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, context: Context) -> Self {
        let hints = broadcast::Sender::new(HINTS);
        let documents = broadcast::Sender::new(HINTS);
        let sequencers = Sequencers::default();
        let heads = HeadTable::default();
        let agendas = DueIndexes::default();
        let inner = Inner {
            engine,
            context,
            sequencers,
            heads,
            agendas,
            hints,
            documents,
        };
        let store = Self(Arc::new(inner));
        if let Some(foreign) = store.0.engine.watch() {
            tokio::spawn(follow(Arc::downgrade(&store.0), foreign));
        }
        store
    }

    /// Returns the handle to the platform's collections.
    #[must_use]
    pub fn platform(&self) -> PlatformStore {
        Handle {
            store: self.clone(),
            partition: Partition::Platform,
            scope: OfPlatform(()),
            companion: None,
        }
    }

    /// Returns the handle to one tenant's collections. Called in `auth` and in jobs only.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId, isolation: Isolation) -> TenantStore {
        let partition = partition::resolve(tenant, isolation);
        Handle {
            store: self.clone(),
            partition,
            scope: OfTenant(tenant),
            companion: None,
        }
    }

    /// Subscribes to the change events of all writes, on this and on other nodes.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Arc<ChangeEvent>> {
        self.0.hints.subscribe()
    }

    /// Subscribes to the change events without log appends.
    ///
    /// For consumers that receive only now and then: events that a slow receiver has not read stay
    /// in memory.
    #[must_use]
    pub fn watch_documents(&self) -> broadcast::Receiver<Arc<ChangeEvent>> {
        self.0.documents.subscribe()
    }

    /// Returns the source of time and randomness.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// Checks whether the store can be read and written.
    ///
    /// # Errors
    /// Fails with [`ReadError`] and the reason if it cannot.
    pub async fn ready(&self) -> Result<(), ReadError> {
        self.0.engine.ready().await
    }

    /// Returns the counters of the engine and the sequencers.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        self.0.engine.stats()
    }

    /// Migrates the schema of a partition to the declarations now.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine cannot migrate it.
    pub async fn migrate(&self, partition: Partition) -> Result<(), ReadError> {
        self.0.engine.migrate(partition).await
    }

    /// Returns the derived schema as the engine would create it, one command per item.
    #[must_use]
    pub fn schema(&self, catalogue: &[&'static Declaration]) -> Vec<String> {
        self.0.engine.schema(catalogue)
    }

    /// Returns expired documents of all tenants of a partition, at most `limit`. For jobs only.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn expired<C: Collection>(
        &self,
        partition: Partition,
        limit: usize,
    ) -> Result<Vec<(TenantId, Id<C>)>, ReadError> {
        self.come::<C>(C::DECLARATION.expires, partition, limit)
            .await
    }

    /// Returns documents of all tenants of a partition that are due as work, the earliest first, at
    /// most `limit`. For jobs only.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn due<C: Collection>(
        &self,
        partition: Partition,
        limit: usize,
    ) -> Result<Vec<(TenantId, Id<C>)>, ReadError> {
        self.come::<C>(C::DECLARATION.due, partition, limit).await
    }

    /// Returns the index of the work that this process wrote to this collection.
    #[must_use]
    pub fn agenda<C: Collection>(&self) -> Arc<DueIndex> {
        self.0.agendas.of(C::DECLARATION.name)
    }

    async fn come<C: Collection>(
        &self,
        field: Option<&'static str>,
        partition: Partition,
        limit: usize,
    ) -> Result<Vec<(TenantId, Id<C>)>, ReadError> {
        let Some(field) = field else {
            return Ok(Vec::new());
        };
        let now = self.0.context.now();
        let found = self
            .0
            .engine
            .due(Due {
                partition,
                declaration: C::DECLARATION,
                field,
                now,
                limit,
            })
            .await?;
        Ok(found
            .into_iter()
            .map(|(tenant, id)| (tenant, Id::new(id)))
            .collect())
    }

    /// Completes pending writes and closes the engine.
    pub async fn close(&self) {
        self.0.engine.close().await;
    }
}

impl Inner {
    /// Updates the cached heads, then notifies the watchers of this process.
    pub(crate) fn tell(&self, hint: impl Into<Arc<ChangeEvent>>) {
        let hint = hint.into();
        self.heads.hear(&hint);
        self.publish(hint);
    }

    /// Notifies watchers of a write that the cached heads already include.
    pub(crate) fn publish(&self, hint: impl Into<Arc<ChangeEvent>>) {
        let hint = hint.into();
        // An event without receivers is not an error.
        if !matches!(*hint, ChangeEvent::LogAppended { .. }) {
            let _ = self.documents.send(Arc::clone(&hint));
        }
        let _ = self.hints.send(hint);
    }
}

async fn follow(store: std::sync::Weak<Inner>, mut foreign: broadcast::Receiver<Arc<ChangeEvent>>) {
    loop {
        let hint = match foreign.recv().await {
            Ok(hint) => hint,
            Err(broadcast::error::RecvError::Lagged(_)) => Arc::new(ChangeEvent::Lagged),
            Err(broadcast::error::RecvError::Closed) => return,
        };
        let Some(store) = store.upgrade() else { return };
        store.sequencers.hear(&hint);
        store.tell(hint);
    }
}
