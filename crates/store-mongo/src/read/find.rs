use std::sync::Arc;
use std::time::Duration;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, RawDocument, doc};
use mongodb::options::{Hint, ReadConcern};
use mongodb::raw_batch_cursor::RawBatch;
use store::{Declaration, Durability, Partition, ReadError};

use crate::MongoEngine;
use crate::document::Strange;
use crate::fault::{Fault, in_time};
use crate::fields;

/// Time limit of the server for one read.
const WORK: Duration = Duration::from_secs(10);

/// Read of one index of one collection.
#[derive(Debug, Default)]
pub(crate) struct Find {
    pub(crate) filter: Document,
    pub(crate) hint: &'static str,
    pub(crate) sort: Option<Document>,
    pub(crate) edges: Option<(Document, Document)>,
    pub(crate) limit: usize,
    pub(crate) projection: Option<Document>,
    /// Whether to read data that only the primary may have, not a majority.
    pub(crate) newest: bool,
}

impl Find {
    /// Returns the read as a command that can be explained.
    pub(crate) fn command(&self, collection: &str) -> Document {
        let mut command =
            doc! { "find": collection, "filter": self.filter.clone(), "hint": self.hint };
        if let Some(sort) = &self.sort {
            command.insert("sort", sort.clone());
        }
        if let Some((min, max)) = &self.edges {
            command.insert("min", min.clone());
            command.insert("max", max.clone());
        }
        if let Some(projection) = &self.projection {
            command.insert("projection", projection.clone());
        }
        if self.limit > 0 {
            command.insert("limit", whole(self.limit));
        }
        command
    }
}

/// Converts a count to the server's integer type.
pub(crate) fn whole(count: usize) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// Returns the read concern of a collection. Ephemeral writes do not wait for a majority, so their
/// reads do not either.
fn concern(declaration: &Declaration, newest: bool) -> ReadConcern {
    if newest || declaration.durability == Durability::Ephemeral {
        ReadConcern::local()
    } else {
        ReadConcern::majority()
    }
}

impl MongoEngine {
    /// Runs a query. `read` decodes each document in the response buffer.
    pub(crate) async fn find<T>(
        &self,
        partition: Partition,
        declaration: &'static Declaration,
        find: Find,
        read: impl Fn(&RawDocument) -> Result<T, Strange>,
    ) -> Result<Vec<T>, ReadError> {
        self.before_reading(partition).await?;
        let collection = self.names.collection(partition, declaration);
        self.record(partition, declaration, || find.command(collection.name()))
            .await;
        let Find {
            filter,
            hint,
            sort,
            edges,
            limit,
            projection,
            newest,
        } = find;
        let (min, max) = edges.unzip();
        let mut action = collection
            .find(filter)
            .hint(Hint::Name(hint.to_owned()))
            .read_concern(concern(declaration, newest));
        action = action
            .max_time(WORK)
            .limit(whole(limit))
            .batch_size(batch(limit));
        action = sort.into_iter().fold(action, mongodb::action::Find::sort);
        action = projection
            .into_iter()
            .fold(action, mongodb::action::Find::projection);
        action = min.into_iter().fold(action, mongodb::action::Find::min);
        action = max.into_iter().fold(action, mongodb::action::Find::max);
        let found = in_time(async { action.batch().await?.try_collect().await }).await;
        self.answer(partition, found, read)
    }

    /// Runs an aggregation. `read` decodes each document in the response buffer.
    pub(crate) async fn aggregate<T>(
        &self,
        partition: Partition,
        declaration: &'static Declaration,
        pipeline: Vec<Document>,
        hint: Option<&'static str>,
        read: impl Fn(&RawDocument) -> Result<T, Strange>,
    ) -> Result<Vec<T>, ReadError> {
        self.before_reading(partition).await?;
        let collection = self.names.collection(partition, declaration);
        let command = || {
            let mut command =
                doc! { "aggregate": collection.name(), "pipeline": pipeline.clone(), "cursor": {} };
            command.extend(hint.map(|hint| ("hint".to_owned(), hint.into())));
            command
        };
        self.record(partition, declaration, command).await;
        let action = collection
            .aggregate(pipeline)
            .read_concern(concern(declaration, false));
        let action = action.max_time(WORK).batch_size(u32::MAX >> 1);
        let action = hint.into_iter().fold(action, |action, hint| {
            action.hint(Hint::Name(hint.to_owned()))
        });
        let found = in_time(async { action.batch().await?.try_collect().await }).await;
        self.answer(partition, found, read)
    }

    /// Runs an aggregation over everything that the primary has at the time of the call, once a
    /// majority has it too.
    ///
    /// A sequence number after a record that only the primary has leaves a gap if an election rolls
    /// that record back: the driver retries the write at the new primary.
    pub(crate) async fn aggregate_newest<T>(
        &self,
        partition: Partition,
        declaration: &'static Declaration,
        pipeline: Vec<Document>,
        read: impl Fn(&RawDocument) -> Result<T, Strange>,
    ) -> Result<Vec<T>, ReadError> {
        self.before_reading(partition).await?;
        let collection = self.names.collection(partition, declaration);
        let command =
            || doc! { "aggregate": collection.name(), "pipeline": pipeline.clone(), "cursor": {} };
        self.record(partition, declaration, command).await;
        let found = in_time(async {
            let mut session = self.client.start_session().causal_consistency(true).await?;
            // Gives the session the primary's time; the read waits until a majority has reached it.
            self.client
                .database("admin")
                .run_command(doc! { "ping": 1 })
                .session(&mut session)
                .await?;
            let action = collection
                .aggregate(pipeline)
                .read_concern(ReadConcern::majority())
                .max_time(WORK);
            let mut cursor = action
                .batch_size(u32::MAX >> 1)
                .session(&mut session)
                .batch()
                .await?;
            cursor.stream(&mut session).try_collect().await
        });
        self.answer(partition, found.await, read)
    }

    fn answer<T>(
        &self,
        partition: Partition,
        found: Result<Vec<RawBatch>, Fault>,
        read: impl Fn(&RawDocument) -> Result<T, Strange>,
    ) -> Result<Vec<T>, ReadError> {
        self.stats.reads.add(1);
        match found {
            Ok(batches) => documents(&batches, read),
            Err(fault) if fault.lacks_index() => {
                self.touched.forget(partition);
                Err(ReadError::Unavailable(fault.cause()))
            }
            Err(fault) => Err(fault.read()),
        }
    }
}

fn documents<T>(
    batches: &[RawBatch],
    read: impl Fn(&RawDocument) -> Result<T, Strange>,
) -> Result<Vec<T>, ReadError> {
    let mut found = Vec::new();
    for batch in batches {
        for document in batch.doc_slices().map_err(broken)? {
            let document = document.map_err(broken)?;
            found.extend(
                document
                    .as_document()
                    .map(&read)
                    .transpose()
                    .map_err(broken)?,
            );
        }
    }
    Ok(found)
}

fn broken(error: impl std::error::Error + Send + Sync + 'static) -> ReadError {
    ReadError::Broken(Arc::new(error))
}

fn batch(limit: usize) -> u32 {
    u32::try_from(limit).unwrap_or(u32::MAX).max(1)
}

/// Returns an integer that the server computed; 0 if the field is absent.
pub(crate) fn number(document: &RawDocument, field: &str) -> i64 {
    fields::find(document, field)
        .and_then(fields::Field::whole)
        .unwrap_or(0)
}
