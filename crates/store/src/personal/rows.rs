use base::{Direction, ObjectId, Timestamp};

use super::PersonalLine;
use crate::collection::Row;
use crate::engine::{Engine, ReadError};
use crate::handle::TenantStore;
use crate::query::Position;
use crate::statement::{Get, List, Target};

/// Part of a user's documents in one collection.
#[derive(Debug, Clone)]
pub struct PersonalRows {
    /// Documents, soft-deleted and expired ones included.
    pub rows: Vec<Row>,
    /// Position of the last document, if there may be more. Reading can continue from it even if
    /// that document changes or is removed.
    pub next: Option<Position>,
}

impl TenantStore {
    /// Returns the documents of a user that a line finds after the position `after`, at most
    /// `limit`.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn personal_rows(
        &self,
        line: PersonalLine,
        person: ObjectId,
        after: Option<Position>,
        limit: usize,
    ) -> Result<PersonalRows, ReadError> {
        let Some(span) = line.span(person) else {
            let rows = if line.finds() {
                self.whole_rows(line, person).await?
            } else {
                Vec::new()
            };
            return Ok(PersonalRows { rows, next: None });
        };
        let list = List {
            target: self.personal_target(line),
            span,
            second: None,
            direction: Direction::Forward,
            limit,
            after,
            newest: false,
            deleted: true,
            now: Timestamp::EPOCH,
        };
        let rows = self.personal_engine().list(list).await?;
        let next = rows
            .last()
            .filter(|_| rows.len() == limit)
            .and_then(|row| line.position(row));
        Ok(PersonalRows { rows, next })
    }

    /// Returns the position of a document among those that a line finds; `None` if the document
    /// does not exist.
    ///
    /// # Errors
    /// Fails with [`ReadError`] if the engine is unavailable or its result is invalid.
    pub async fn personal_position(
        &self,
        line: PersonalLine,
        id: ObjectId,
    ) -> Result<Option<Position>, ReadError> {
        Ok(self
            .whole_rows(line, id)
            .await?
            .first()
            .and_then(|row| line.position(row)))
    }

    /// Returns a document as it is stored, even if it is soft-deleted or expired.
    async fn whole_rows(&self, line: PersonalLine, id: ObjectId) -> Result<Vec<Row>, ReadError> {
        let target = self.personal_target(line);
        self.personal_engine()
            .get(Get {
                target,
                ids: vec![id],
                deleted: true,
                now: Timestamp::EPOCH,
            })
            .await
    }

    fn personal_target(&self, line: PersonalLine) -> Target {
        let partition = self.partition.of(line.declaration.database);
        Target {
            partition,
            tenant: Some(self.id()),
            declaration: line.declaration,
        }
    }

    fn personal_engine(&self) -> &dyn Engine {
        self.store.0.engine.as_ref()
    }
}
