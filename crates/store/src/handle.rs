use std::sync::Arc;

use base::{Context, Id, ObjectId, TenantId};

use crate::batch::Batch;
use crate::collection::{
    Collection, Entity, LogCollection, PlatformData, TenantAnalytics, TenantData, TenantEphemeral,
};
use crate::count_filter::CountFilter;
use crate::engine::{CommitError, Engine, ReadError};
use crate::log::{Append, AppendError, Appended};
use crate::marker::Marker;
use crate::partition::Partition;
use crate::query::{Misuse, Page, Position, Query, Range};
use crate::sequencer::Queued;
use crate::statement::{Commit, Count, Get, Head, Heads, List, ListEach, Target};
use crate::store::Store;

/// Reaches a tenant's collections, and no other tenant's.
pub type TenantStore = Handle<OfTenant>;

/// Reaches the platform's collections, and no tenant's.
pub type PlatformStore = Handle<OfPlatform>;

/// The scope of [`TenantStore`].
#[derive(Debug, Clone, Copy)]
pub struct OfTenant(pub(crate) TenantId);

/// The scope of [`PlatformStore`].
#[derive(Debug, Clone, Copy)]
pub struct OfPlatform(pub(crate) ());

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
impl Reaches<TenantAnalytics> for OfTenant {}

/// A way to the documents of one scope. The scope is part of every statement
/// made through it.
#[derive(Clone, Debug)]
pub struct Handle<S> {
    pub(crate) store: Store,
    pub(crate) place: Partition,
    pub(crate) scope: S,
}

impl<S: Scoped> Handle<S> {
    pub(crate) fn target<C: Collection>(&self) -> Target {
        let place = self.place.of(C::DECLARATION.database);
        Target {
            place,
            tenant: self.scope.tenant(),
            declaration: C::DECLARATION,
        }
    }

    pub(crate) fn engine(&self) -> &dyn Engine {
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
        S: Reaches<C::Partition>,
    {
        Ok(self.get_many(&[id]).await?.pop())
    }

    /// Documents by their ids, in any order, those that are there.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn get_many<C: Collection>(&self, ids: &[Id<C>]) -> Result<Vec<Entity<C>>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        self.fetch(ids, false).await
    }

    /// Documents by their ids, softly deleted ones too, for joins.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn get_many_with_deleted<C: Collection>(
        &self,
        ids: &[Id<C>],
    ) -> Result<Vec<Entity<C>>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        self.fetch(ids, true).await
    }

    async fn fetch<C: Collection>(
        &self,
        ids: &[Id<C>],
        deleted: bool,
    ) -> Result<Vec<Entity<C>>, ReadError> {
        if ids.is_empty() {
            return Ok(Vec::new());
        }
        let mut ids: Vec<ObjectId> = ids.iter().map(|id| id.object_id()).collect();
        ids.sort_unstable();
        ids.dedup();
        let get = Get {
            target: self.target::<C>(),
            ids,
            deleted,
            now: self.context().now(),
        };
        typed(self.engine().get(get).await?)
    }

    /// The first document that a question finds.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn find<C: Collection>(&self, query: Query<C>) -> Result<Option<Entity<C>>, ReadError>
    where
        S: Reaches<C::Partition>,
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
        S: Reaches<C::Partition>,
    {
        let mut rows = self
            .rows(&query, query.limit.saturating_add(1), false)
            .await?;
        let more = rows.len() > query.limit;
        rows.truncate(query.limit);
        let at = |row: Option<&crate::Row>, there| {
            row.filter(|_| there).map(|row| position::<C>(&query, row))
        };
        Ok(Page {
            next: at(rows.last(), more),
            prev: at(rows.first(), query.after.is_some()),
            items: typed(rows)?,
        })
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
            beside: None,
            direction: query.direction,
            limit,
            after: query.after.clone(),
            newest,
            deleted: query.deleted || C::DECLARATION.log.is_some(),
            now: self.context().now(),
        };
        self.engine().list(list).await
    }

    /// Documents that any of several questions over one index finds, in the
    /// order of their ids, at most `limit` in all, by a single statement. What the
    /// questions say of order, limits and positions does not count here.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn list_each<C: Collection>(
        &self,
        queries: Vec<Query<C>>,
        limit: usize,
    ) -> Result<Vec<Entity<C>>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        queries.iter().try_for_each(sound)?;
        let deleted = C::DECLARATION.log.is_some() || queries.iter().any(|query| query.deleted);
        let spans: Vec<_> = queries.into_iter().map(|query| query.span).collect();
        if spans.is_empty() || limit == 0 {
            return Ok(Vec::new());
        }
        let target = self.target::<C>();
        let now = self.context().now();
        #[cfg(feature = "conformance")]
        if crate::planted::Bug::ReadOneByOne.is_planted() {
            let mut rows = Vec::new();
            for span in spans {
                let list = ListEach {
                    target,
                    spans: vec![span],
                    limit,
                    deleted,
                    now,
                };
                rows.extend(self.engine().list_each(list).await?);
            }
            return typed(rows);
        }
        let mut rows = self
            .engine()
            .list_each(ListEach {
                target,
                spans,
                limit,
                deleted,
                now,
            })
            .await?;
        // A document of two spans is answered once.
        rows.sort_unstable_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        typed(rows)
    }

    /// How many documents a question finds; counting stops at `cap`.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn count<C: Collection>(
        &self,
        query: Query<C>,
        cap: usize,
    ) -> Result<usize, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        Ok(self
            .count_each(vec![query], cap, CountFilter::default())
            .await?
            .pop()
            .unwrap_or(0))
    }

    /// How many documents each of several questions over one index finds, in
    /// their order, by one or two statements for some hundreds; counting stops
    /// at `cap` in each.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn count_each<C: Collection>(
        &self,
        queries: Vec<Query<C>>,
        cap: usize,
        uncounted: CountFilter<C>,
    ) -> Result<Vec<usize>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        queries.iter().try_for_each(sound)?;
        let spans: Vec<_> = queries.into_iter().map(|query| query.span).collect();
        if spans.is_empty() {
            return Ok(Vec::new());
        }
        let CountFilter {
            unless, deleted, ..
        } = uncounted;
        let target = self.target::<C>();
        let now = self.context().now();
        self.engine()
            .count(Count {
                target,
                spans,
                cap,
                unless,
                undeleted: deleted,
                now,
            })
            .await
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
        if let Some(misuse) = batch.misuse {
            return Err(CommitError::Broken(Arc::new(misuse)));
        }
        let place = self.place.of(P::DATABASE);
        let commit = Commit {
            place,
            tenant: self.scope.tenant(),
            durability: P::DURABILITY,
            writes: batch.writes,
            run: false,
        };
        self.store.write(commit).await
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

    /// An empty batch for the collections that lie where `C` does.
    #[must_use]
    pub fn batch_with<C: Collection>(&self) -> Batch<C::Partition>
    where
        OfTenant: Reaches<C::Partition>,
    {
        Batch::new(self.context().clone())
    }

    /// An empty batch for analytics.
    #[must_use]
    pub fn analytics_batch(&self) -> Batch<TenantAnalytics> {
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
        self.queue(log, append)?.outcome().await
    }

    /// Puts a record that is appended behind those that were put there
    /// before, without waiting until it stands.
    ///
    /// # Errors
    /// [`AppendError::Unavailable`] when too many wait for the log.
    pub fn queue<C: LogCollection>(
        &self,
        log: Id<C::Key>,
        append: Append<C>,
    ) -> Result<Queued<C>, AppendError> {
        self.store.0.sequencers.queue(self, log.object_id(), append)
    }

    /// The heads of logs, those that have a record: from memory where it
    /// knows them, the others by a single statement.
    ///
    /// # Errors
    /// [`ReadError`] when the engine cannot answer.
    pub async fn heads<C: LogCollection>(
        &self,
        logs: &[Id<C::Key>],
    ) -> Result<Vec<Head>, ReadError> {
        let (mut known, unknown) = self.store.0.heads.look_up(
            self.id(),
            C::DECLARATION,
            logs.iter().map(|log| log.object_id()),
        );
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
        self.engine()
            .heads(Heads {
                target: self.target::<C>(),
                logs,
                newest,
            })
            .await
    }
}

pub(crate) fn sound<C: Collection>(query: &Query<C>) -> Result<(), ReadError> {
    query.misuse().map_or(Ok(()), |misuse| Err(misused(misuse)))
}

/// The code asked what cannot be answered.
pub(crate) fn misused(misuse: Misuse) -> ReadError {
    ReadError::Broken(Arc::new(misuse))
}

pub(crate) fn typed<C: Collection>(rows: Vec<crate::Row>) -> Result<Vec<Entity<C>>, ReadError> {
    // Entities are large, and collecting results would move them as the list grows.
    let mut entities = Vec::with_capacity(rows.len());
    for row in rows {
        entities
            .push(Entity::from_row(row).map_err(|mismatch| ReadError::Broken(Arc::new(mismatch)))?);
    }
    Ok(entities)
}

fn position<C: Collection>(query: &Query<C>, row: &crate::Row) -> Position {
    let rest = query.span.index.fields.iter().skip(query.span.prefix.len());
    Position {
        rest: rest.map(|field| row.field(C::DECLARATION, field)).collect(),
        id: row.id,
    }
}
