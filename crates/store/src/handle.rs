use std::fmt;
use std::marker::PhantomData;
use std::sync::Arc;

use base::{Context, Id, ObjectId, TenantId};
use tokio::sync::broadcast;

use crate::batch::{Batch, Write};
use crate::collection::{Collection, Column, Entity, LogCollection, PlatformData, TenantData, TenantEphemeral};
use crate::declaration::{Database, Declaration, Durability};
use crate::engine::{CommitError, Engine, ReadError};
use crate::field::FieldType;
use crate::heads::HeadTable;
use crate::hint::Hint;
use crate::log::{Append, AppendError, Appended};
use crate::place::{self, Isolation, Place};
use crate::query::{Page, Position, Query, Range};
use crate::sequencer::Sequencers;
use crate::statement::{Commit, Count, Due, Get, Head, Heads, List, Target};
use crate::stats::Stats;

/// Hints that may wait for a watcher before it is told that some were lost.
const HINTS: usize = 4_096;

/// The open store. Cheap to clone.
#[derive(Clone)]
pub struct Store(pub(crate) Arc<Inner>);

pub(crate) struct Inner {
    pub(crate) engine: Arc<dyn Engine>,
    pub(crate) context: Context,
    pub(crate) sequencers: Sequencers,
    pub(crate) heads: HeadTable,
    hints: broadcast::Sender<Hint>,
    documents: broadcast::Sender<Hint>,
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Store")
    }
}

/// Reaches a tenant's collections, and no other tenant's.
pub type Tenant = Handle<OfTenant>;

/// Reaches the platform's collections, and no tenant's.
pub type Platform = Handle<OfPlatform>;

/// The scope of [`Tenant`].
#[derive(Debug, Clone, Copy)]
pub struct OfTenant(TenantId);

/// The scope of [`Platform`].
#[derive(Debug, Clone, Copy)]
pub struct OfPlatform(());

/// Whose documents a handle reaches.
pub trait Scoped: Copy {
    /// The tenant; `None` for the platform only.
    fn tenant(self) -> Option<TenantId>;
}

impl Scoped for OfTenant {
    fn tenant(self) -> Option<TenantId> {
        Some(self.0)
    }
}

impl Scoped for OfPlatform {
    fn tenant(self) -> Option<TenantId> {
        None
    }
}

/// Says which collections a scope reaches.
#[diagnostic::on_unimplemented(message = "a handle `{Self}` cannot reach collections of `{P}`")]
pub trait Reaches<P> {}

impl Reaches<PlatformData> for OfPlatform {}
impl Reaches<TenantData> for OfTenant {}
impl Reaches<TenantEphemeral> for OfTenant {}

/// What a place's marker type says of durability.
pub trait Marker {
    /// What an acknowledged write survives.
    const DURABILITY: Durability;
}

impl Marker for PlatformData {
    const DURABILITY: Durability = Durability::Durable;
}

impl Marker for TenantData {
    const DURABILITY: Durability = Durability::Durable;
}

impl Marker for TenantEphemeral {
    const DURABILITY: Durability = Durability::Ephemeral;
}

/// A way to the documents of one scope. The scope is part of every statement
/// made through it.
#[derive(Clone, Debug)]
pub struct Handle<S> {
    pub(crate) store: Store,
    pub(crate) place: Place,
    scope: S,
}

impl Store {
    /// A store over an engine. Must be called in a tokio runtime, in which it
    /// follows the engine's hints.
    #[must_use]
    pub fn new(engine: Arc<dyn Engine>, context: Context) -> Self {
        let (hints, documents) = (broadcast::Sender::new(HINTS), broadcast::Sender::new(HINTS));
        let (sequencers, heads) = (Sequencers::default(), HeadTable::default());
        let inner = Inner { engine, context, sequencers, heads, hints, documents };
        let store = Self(Arc::new(inner));
        if let Some(foreign) = store.0.engine.watch() {
            tokio::spawn(follow(Arc::downgrade(&store.0), foreign));
        }
        store
    }

    /// The way to the platform's collections.
    #[must_use]
    pub fn platform(&self) -> Platform {
        Handle { store: self.clone(), place: Place::Platform, scope: OfPlatform(()) }
    }

    /// The way to one tenant's collections. Minted at the door and in jobs only.
    #[must_use]
    pub fn tenant(&self, tenant: TenantId, isolation: Isolation) -> Tenant {
        let place = place::resolve(tenant, isolation);
        Handle { store: self.clone(), place, scope: OfTenant(tenant) }
    }

    /// Hints about everything written, here and on other nodes.
    #[must_use]
    pub fn watch(&self) -> broadcast::Receiver<Hint> {
        self.0.hints.subscribe()
    }

    /// The same without the growth of logs, for those who look now and then:
    /// what a slow watcher has not read yet stays in memory.
    #[must_use]
    pub fn watch_documents(&self) -> broadcast::Receiver<Hint> {
        self.0.documents.subscribe()
    }

    /// Time and chance.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.0.context
    }

    /// What the engine and the sequencers count.
    #[must_use]
    pub fn stats(&self) -> &Stats {
        self.0.engine.stats()
    }

    /// Brings a place's schema to the declarations now.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot.
    pub async fn migrate(&self, place: Place) -> Result<(), ReadError> {
        self.0.engine.migrate(place).await
    }

    /// The derived schema as the engine would make it, one command a line.
    #[must_use]
    pub fn schema(&self, catalogue: &[&'static Declaration]) -> Vec<String> {
        self.0.engine.schema(catalogue)
    }

    /// Documents of all tenants of a place whose expiry has come, for jobs only.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn due<C: Collection>(&self, place: Place, limit: usize) -> Result<Vec<(TenantId, Id<C>)>, ReadError> {
        let Some(field) = C::DECLARATION.expires else { return Ok(Vec::new()) };
        let now = self.0.context.now();
        let found = self.0.engine.due(Due { place, declaration: C::DECLARATION, field, now, limit }).await?;
        Ok(found.into_iter().map(|(tenant, id)| (tenant, Id::new(id))).collect())
    }

    /// Lets what waits be written and closes the engine.
    pub async fn close(&self) {
        self.0.engine.close().await;
    }
}

impl Inner {
    /// Tells this process's watchers, sequencers and heads what was written.
    pub(crate) fn tell(&self, hint: Hint) {
        self.heads.hear(&hint);
        // Nobody watching is no failure: hints are for whoever is there.
        if !matches!(hint, Hint::Grew { .. }) {
            let _ = self.documents.send(hint.clone());
        }
        let _ = self.hints.send(hint);
    }
}

async fn follow(store: std::sync::Weak<Inner>, mut foreign: broadcast::Receiver<Hint>) {
    loop {
        let hint = match foreign.recv().await {
            Ok(hint) => hint,
            Err(broadcast::error::RecvError::Lagged(_)) => Hint::Lost,
            Err(broadcast::error::RecvError::Closed) => return,
        };
        let Some(store) = store.upgrade() else { return };
        store.sequencers.hear(&hint);
        store.tell(hint);
    }
}

impl<S: Scoped> Handle<S> {
    fn target<C: Collection>(&self) -> Target {
        Target { place: self.place, tenant: self.scope.tenant(), declaration: C::DECLARATION }
    }

    fn engine(&self) -> &dyn Engine {
        self.store.0.engine.as_ref()
    }

    /// Time and chance.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.store.0.context
    }

    /// A document by its id.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn get<C: Collection>(&self, id: Id<C>) -> Result<Option<Entity<C>>, ReadError>
    where
        S: Reaches<C::Place>,
    {
        Ok(self.get_many(&[id]).await?.pop())
    }

    /// Documents by their ids, in any order, those that are there.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn get_many<C: Collection>(&self, ids: &[Id<C>]) -> Result<Vec<Entity<C>>, ReadError>
    where
        S: Reaches<C::Place>,
    {
        self.fetch(ids, false).await
    }

    /// Documents by their ids, softly deleted ones too, for joins.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn get_many_with_deleted<C: Collection>(&self, ids: &[Id<C>]) -> Result<Vec<Entity<C>>, ReadError>
    where
        S: Reaches<C::Place>,
    {
        self.fetch(ids, true).await
    }

    async fn fetch<C: Collection>(&self, ids: &[Id<C>], deleted: bool) -> Result<Vec<Entity<C>>, ReadError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids: Vec<ObjectId> = ids.iter().map(|id| id.object_id()).collect();
        ids.sort_unstable();
        ids.dedup();
        let get = Get { target: self.target::<C>(), ids, deleted, now: self.context().now() };
        typed(self.engine().get(get).await?)
    }

    /// The first document that a question finds.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn find<C: Collection>(&self, query: Query<C>) -> Result<Option<Entity<C>>, ReadError>
    where
        S: Reaches<C::Place>,
    {
        let mut found = self.rows(&query, 1, false).await?;
        found.truncate(1);
        Ok(typed(found)?.pop())
    }

    /// A page of documents in index order. One of a list of values cannot be
    /// continued, so such a question answers everything within its limit.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn list<C: Collection>(&self, query: Query<C>) -> Result<Page<C>, ReadError>
    where
        S: Reaches<C::Place>,
    {
        let mut rows = self.rows(&query, query.limit.saturating_add(1), false).await?;
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let at = |row: Option<&crate::Row>, there| row.filter(|_| there).map(|row| position::<C>(&query, row));
        Ok(Page { next: at(rows.last(), more), prev: at(rows.first(), query.after.is_some()), items: typed(rows)? })
    }

    pub(crate) async fn rows<C: Collection>(
        &self,
        query: &Query<C>,
        limit: usize,
        newest: bool,
    ) -> Result<Vec<crate::Row>, ReadError> {
        sound(query)?;
        if matches!(&query.span.range, Range::OneOf(values) if values.is_empty()) {
            return Ok(Vec::new());
        }
        let list = List {
            target: self.target::<C>(),
            span: query.span.clone(),
            direction: query.direction,
            limit,
            after: query.after.clone(),
            newest,
            deleted: query.deleted || C::DECLARATION.log.is_some(),
            now: self.context().now(),
        };
        self.engine().list(list).await
    }

    /// How many documents a question finds; counting stops at `cap`.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn count<C: Collection>(&self, query: Query<C>, cap: usize) -> Result<usize, ReadError>
    where
        S: Reaches<C::Place>,
    {
        Ok(self.count_each(vec![query], cap, Uncounted::default()).await?.pop().unwrap_or(0))
    }

    /// How many documents each of several questions over one index finds, in
    /// their order, by a single statement; counting stops at `cap` in each.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn count_each<C: Collection>(
        &self,
        queries: Vec<Query<C>>,
        cap: usize,
        uncounted: Uncounted<C>,
    ) -> Result<Vec<usize>, ReadError>
    where
        S: Reaches<C::Place>,
    {
        queries.iter().try_for_each(sound)?;
        let spans: Vec<_> = queries.into_iter().map(|query| query.span).collect();
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let Uncounted { unless, deleted, .. } = uncounted;
        let (target, now) = (self.target::<C>(), self.context().now());
        self.engine().count(Count { target, spans, cap, unless, undeleted: deleted, now }).await
    }

    /// Writes together or not at all.
    ///
    /// # Errors
    /// [`CommitError`] says what was in the way, and of which write.
    pub async fn commit<P: Marker>(&self, batch: Batch<P>) -> Result<(), CommitError>
    where
        S: Reaches<P>,
    {
        if batch.is_empty() {
            return Ok(());
        }
        let watched = watched(self.scope.tenant(), &batch.writes);
        let commit = Commit {
            place: self.place,
            tenant: self.scope.tenant(),
            durability: P::DURABILITY,
            writes: batch.writes,
            run: false,
        };
        // A dropped request must not cut the hint off its write, so both run apart from it.
        let store = self.store.clone();
        let done = tokio::spawn(async move {
            let outcome = store.0.engine.commit(commit).await;
            match &outcome {
                Ok(()) => watched.into_iter().for_each(|hint| store.0.tell(hint)),
                Err(CommitError::Unclear(_)) => watched.into_iter().for_each(|hint| store.0.tell(hint.in_doubt())),
                Err(_) => {}
            }
            outcome
        });
        done.await.unwrap_or_else(|error| Err(CommitError::Unclear(Arc::new(error))))
    }
}

impl Handle<OfPlatform> {
    /// An empty batch for the platform's collections.
    #[must_use]
    pub fn batch(&self) -> Batch<PlatformData> {
        Batch::new(self.context().clone())
    }
}

impl Handle<OfTenant> {
    /// Whose documents these are.
    #[must_use]
    pub fn id(&self) -> TenantId {
        self.scope.0
    }

    /// An empty batch for durable collections.
    #[must_use]
    pub fn batch(&self) -> Batch<TenantData> {
        Batch::new(self.context().clone())
    }

    /// An empty batch for ephemeral collections.
    #[must_use]
    pub fn ephemeral_batch(&self) -> Batch<TenantEphemeral> {
        Batch::new(self.context().clone())
    }

    /// Appends a record to a log, with the writes beside it.
    ///
    /// # Errors
    /// [`AppendError`] says why the record is not there, or that it is unclear.
    pub async fn append<C: LogCollection>(
        &self,
        log: Id<C::Key>,
        append: Append<C>,
    ) -> Result<Appended<C>, AppendError> {
        self.store.0.sequencers.append(self, log.object_id(), append).await
    }

    /// The heads of logs, those that have a record: from memory where it
    /// knows them, the others by a single statement.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn heads<C: LogCollection>(&self, logs: &[Id<C::Key>]) -> Result<Vec<Head>, ReadError> {
        let (mut known, unknown) =
            self.store.0.heads.look_up(self.id(), C::DECLARATION, logs.iter().map(|log| log.object_id()));
        if !unknown.is_empty() {
            let found = self.heads_in_store::<C>(unknown, false).await?;
            self.store.0.heads.fill(self.id(), C::DECLARATION, &found);
            known.extend(found);
        }
        Ok(known)
    }

    pub(crate) async fn heads_in_store<C: LogCollection>(
        &self,
        logs: Vec<ObjectId>,
        newest: bool,
    ) -> Result<Vec<Head>, ReadError> {
        self.engine().heads(Heads { target: self.target::<C>(), logs, newest }).await
    }
}

/// Which documents of a span are not counted.
#[derive(Debug, Clone)]
pub struct Uncounted<C> {
    unless: Option<(usize, crate::Value)>,
    deleted: bool,
    marker: PhantomData<fn() -> C>,
}

impl<C> Default for Uncounted<C> {
    fn default() -> Self {
        Self { unless: None, deleted: false, marker: PhantomData }
    }
}

impl<C: Collection> Uncounted<C> {
    /// Documents whose field has this value.
    #[must_use]
    pub fn with<T: FieldType>(mut self, column: Column<C, T>, value: T) -> Self {
        self.unless = C::DECLARATION.position(column.name).zip(value.store());
        self
    }

    /// Documents with a deletion mark.
    #[must_use]
    pub const fn deleted(mut self) -> Self {
        self.deleted = true;
        self
    }
}

pub(crate) fn watched(tenant: Option<TenantId>, writes: &[Write]) -> Vec<Hint> {
    let hint = |write: &Write| {
        let declaration = write.declaration();
        let (id, row) = match write {
            Write::Insert { row, .. } | Write::Upsert { row, .. } => (row.id, Some(Arc::new(row.clone()))),
            Write::Update { id, .. }
            | Write::Increment { id, .. }
            | Write::Raise { id, .. }
            | Write::Remove { id, .. } => (*id, None),
        };
        let tenant = tenant.filter(|_| declaration.database == Database::Tenant);
        declaration.watched.then_some(Hint::Written { tenant, declaration, id, row })
    };
    writes.iter().filter_map(hint).collect()
}

fn sound<C>(query: &Query<C>) -> Result<(), ReadError> {
    match query.misuse {
        None => Ok(()),
        Some(told) => Err(ReadError::Broken(Arc::new(Misuse(told, query.span.index.name)))),
    }
}

/// Says that the code asked an index what it cannot answer.
#[derive(Debug, thiserror::Error)]
#[error("{0} (index {1})")]
struct Misuse(&'static str, &'static str);

pub(crate) fn typed<C: Collection>(rows: Vec<crate::Row>) -> Result<Vec<Entity<C>>, ReadError> {
    let entities: Result<_, _> = rows.into_iter().map(Entity::from_row).collect();
    entities.map_err(|mismatch| ReadError::Broken(Arc::new(mismatch)))
}

fn position<C: Collection>(query: &Query<C>, row: &crate::Row) -> Position {
    let rest = query.span.index.fields.iter().skip(query.span.prefix.len());
    Position { rest: rest.map(|field| row.field(C::DECLARATION, field)).collect(), id: row.id }
}
