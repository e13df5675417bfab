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
use crate::platform_handle::Attached;
use crate::query::{Misuse, Page, Position, Query, Range};
use crate::sequencer::Queued;
use crate::statement::{Commit, Count, Get, Head, Heads, List, ListEach, Target};
use crate::store::Store;

/// Handle that reaches the collections of one tenant only.
pub type TenantStore = Handle<OfTenant>;

/// Handle that reaches the platform's collections only.
pub type PlatformStore = Handle<OfPlatform>;

/// Scope of [`TenantStore`].
#[derive(Debug, Clone, Copy)]
pub struct OfTenant(pub(crate) TenantId);

/// Scope of [`PlatformStore`].
#[derive(Debug, Clone, Copy)]
pub struct OfPlatform(pub(crate) ());

/// Scope of a handle: the owner of the documents it reaches.
pub trait Scoped: Copy {
    /// Returns the tenant; `None` for the platform only.
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

/// Relation between a scope and the collections that it reaches.
#[diagnostic::on_unimplemented(message = "a handle `{Self}` cannot reach collections of `{P}`")]
pub trait Reaches<P> {}

impl Reaches<PlatformData> for OfPlatform {}
impl Reaches<TenantData> for OfTenant {}
impl Reaches<TenantEphemeral> for OfTenant {}
impl Reaches<TenantAnalytics> for OfTenant {}

/// Handle to the documents of one scope. Every statement made through it has this scope.
#[derive(Clone, Debug)]
pub struct Handle<S> {
    pub(crate) store: Store,
    pub(crate) partition: Partition,
    pub(crate) scope: S,
    pub(crate) companion: Option<Attached>,
}

impl<S: Scoped> Handle<S> {
    pub(crate) fn target<C: Collection>(&self) -> Target {
        let partition = self.partition.of(C::DECLARATION.database);
        Target {
            partition,
            tenant: self.scope.tenant(),
            declaration: C::DECLARATION,
        }
    }

    pub(crate) fn engine(&self) -> &dyn Engine {
        self.store.0.engine.as_ref()
    }

    /// Returns the source of time and randomness.
    #[must_use]
    pub fn context(&self) -> &Context {
        &self.store.0.context
    }

    /// Returns a document by its id.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn get<C: Collection>(&self, id: Id<C>) -> Result<Option<Entity<C>>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        Ok(self.get_many(&[id]).await?.pop())
    }

    /// Returns the existing documents with these ids, in any order.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn get_many<C: Collection>(&self, ids: &[Id<C>]) -> Result<Vec<Entity<C>>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        self.fetch(ids, false).await
    }

    /// Returns the existing documents with these ids, soft-deleted ones included, for joins.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
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

    /// Returns the first document that matches a query.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable, its result is invalid, or the query
    /// does not fit the index.
    pub async fn find<C: Collection>(&self, query: Query<C>) -> Result<Option<Entity<C>>, ReadError>
    where
        S: Reaches<C::Partition>,
    {
        let mut found = self.rows(&query, 1, false).await?;
        found.truncate(1);
        Ok(typed(found)?.pop())
    }

    /// Returns a page of documents in index order.
    ///
    /// A query with a list of values cannot be continued, so its only page contains all matches
    /// within its limit.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable, its result is invalid, or the query
    /// does not fit the index.
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
            second: None,
            direction: query.direction,
            limit,
            after: query.after.clone(),
            newest,
            deleted: query.deleted || C::DECLARATION.log.is_some(),
            now: self.context().now(),
        };
        self.engine().list(list).await
    }

    /// Returns the documents that match any of several queries over one index, ordered by id.
    ///
    /// Returns at most `limit` documents in total, with a single statement. Order, limit and
    /// position of the queries are ignored.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable, its result is invalid, or a query
    /// does not fit the index.
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
        let list = ListEach {
            target: self.target::<C>(),
            spans,
            limit,
            deleted,
            now: self.context().now(),
        };
        fail_point!(ReadOneByOne => return typed(self.list_one_by_one(list).await?));
        let mut rows = self.engine().list_each(list).await?;
        // A document in two ranges is returned once.
        rows.sort_unstable_by_key(|row| row.id);
        rows.dedup_by_key(|row| row.id);
        typed(rows)
    }

    /// Returns the number of documents that match a query; counting stops at `cap`.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable, its result is invalid, or the query
    /// does not fit the index.
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

    /// Returns the number of documents that match each of several queries over one index, in their
    /// order.
    ///
    /// Counting stops at `cap` for each query. Some hundreds of queries take one or two statements.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable, its result is invalid, or a query
    /// does not fit the index.
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

    /// Commits the writes atomically.
    ///
    /// # Errors
    /// Fails with [`CommitError`], which names the reason and the write.
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
        let partition = self.partition.of(P::DATABASE);
        let attached = self.companion.as_ref();
        let (writes, is_attached) = Attached::complete(attached, batch.writes, self.context());
        let commit = Commit {
            partition,
            tenant: self.scope.tenant(),
            durability: P::DURABILITY,
            writes,
            run: false,
        };
        let outcome = self.store.write(commit).await;
        if let Some(attached) = attached.filter(|_| is_attached) {
            attached.settle(&outcome);
        }
        outcome
    }
}

impl Handle<OfTenant> {
    /// Returns the id of the tenant.
    #[must_use]
    pub fn id(&self) -> TenantId {
        self.scope.0
    }

    /// Creates an empty batch for durable collections.
    #[must_use]
    pub fn batch(&self) -> Batch<TenantData> {
        Batch::new(self.context().clone())
    }

    /// Creates an empty batch for the collections of the same partition as `C`.
    #[must_use]
    pub fn batch_with<C: Collection>(&self) -> Batch<C::Partition>
    where
        OfTenant: Reaches<C::Partition>,
    {
        Batch::new(self.context().clone())
    }

    /// Creates an empty batch for analytics.
    #[must_use]
    pub fn analytics_batch(&self) -> Batch<TenantAnalytics> {
        Batch::new(self.context().clone())
    }

    /// Creates an empty batch for ephemeral collections.
    #[must_use]
    pub fn ephemeral_batch(&self) -> Batch<TenantEphemeral> {
        Batch::new(self.context().clone())
    }

    /// Appends a record to a log, together with the writes of its guard.
    ///
    /// # Errors
    /// Fails with [`AppendError`] if the record is not in the log, or if that is unknown.
    pub async fn append<C: LogCollection>(
        &self,
        log: Id<C::Key>,
        append: Append<C>,
    ) -> Result<Appended<C>, AppendError> {
        self.queue(log, append)?.outcome().await
    }

    /// Queues a record behind those that were queued before, without waiting for its commit.
    ///
    /// # Errors
    /// Fails with [`AppendError::Unavailable`] if too many records wait for the log.
    pub fn queue<C: LogCollection>(
        &self,
        log: Id<C::Key>,
        append: Append<C>,
    ) -> Result<Queued<C>, AppendError> {
        self.store.0.sequencers.queue(self, log.object_id(), append)
    }

    /// Returns the heads of the logs that have a record: from memory if known, the others with a
    /// single statement.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
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

    /// Returns the heads of the logs that have a record, as stored, with one statement. `newest`
    /// includes everything that was written before the statement, as a sequencer needs it.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn heads_in_store<C: LogCollection>(
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

/// Returns the error for a query that its index cannot serve.
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
