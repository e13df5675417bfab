//! Finds the declared index that a duplicate key violated.

use std::sync::Arc;

use mongodb::bson::{Bson, Document, RawDocument, doc};
use store::statement::Commit;
use store::{CommitError, Declaration, LogDecl, ReadError, Row, Write};

use crate::fault::index_in;
use crate::fields::{self, Field};
use crate::read::Find;
use crate::{MongoEngine, document};

#[derive(Debug, thiserror::Error)]
#[error("the server names an index that is not declared: {0}")]
struct UnknownIndex(String);

impl MongoEngine {
    /// Returns the conflict of the write at this position.
    ///
    /// Of several violated indexes the server reports only one. For a log record, the retry index
    /// decides whether the append is a known retry, so that index is checked first.
    pub(super) async fn conflict(
        &self,
        commit: &Commit,
        write: usize,
        message: &str,
    ) -> CommitError {
        let Some(written) = commit.writes().get(write) else {
            return CommitError::Broken(Arc::new(UnknownIndex(message.to_owned())));
        };
        let declaration = written.declaration();
        let Some(index) = index_in(declaration, message) else {
            return CommitError::Broken(Arc::new(UnknownIndex(message.to_owned())));
        };
        if let (Some(log), Write::Insert { row, .. }) = (declaration.log, written)
            && index != log.retry
            && matches!(self.retried(commit, declaration, log, row).await, Ok(true))
        {
            return CommitError::Conflict {
                write,
                index: log.retry,
            };
        }
        CommitError::Conflict { write, index }
    }

    /// Returns whether another record has the row's retry key.
    async fn retried(
        &self,
        commit: &Commit,
        declaration: &'static Declaration,
        log: LogDecl,
        row: &Row,
    ) -> Result<bool, ReadError> {
        let Some(filter) = key(commit, declaration, log.retry, row) else {
            return Ok(false);
        };
        let projection = Some(doc! { "_id": 1 });
        let find = Find {
            filter,
            hint: log.retry,
            limit: 1,
            projection,
            newest: true,
            ..Find::default()
        };
        let id = |found: &RawDocument| Ok(fields::find(found, "_id").and_then(Field::id));
        let found = self
            .find(*commit.partition(), declaration, find, id)
            .await?;
        Ok(found.iter().any(|other| *other != Some(row.id)))
    }
}

/// Returns the filter for documents with the row's key in a unique index, or `None` if a field of
/// the key is absent, since a query for an absent value matches nothing.
pub(super) fn key(
    commit: &Commit,
    declaration: &Declaration,
    index: &str,
    row: &Row,
) -> Option<Document> {
    let mut filter = Document::new();
    if let Some(tenant) = commit.tenant() {
        filter.insert("tenant_id", tenant.to_string());
    }
    for field in declaration.index(index)?.fields {
        let value = row.field(declaration, field)?;
        let value: Bson = document::value(declaration.kind_of(field)?, &value).ok()?;
        filter.insert(*field, value);
    }
    Some(filter)
}
