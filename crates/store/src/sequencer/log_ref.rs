use std::sync::Arc;

use base::ObjectId;

use super::queue::{Answer, PendingAppend};
use crate::change_event::ChangeEvent;
use crate::collection::Row;
use crate::declaration::{Declaration, LogDecl};
use crate::engine::Engine;
use crate::handle::TenantStore;
use crate::log::AppendError;
use crate::query::{IndexRange, Range};
use crate::statement::{Get, List, Target};
use crate::value::Value;

/// Log of a batch, with its tenant and declaration.
#[derive(Clone)]
pub(super) struct LogRef {
    pub(super) tenant: TenantStore,
    pub(super) declaration: &'static Declaration,
    pub(super) decl: LogDecl,
    pub(super) log: ObjectId,
}

impl LogRef {
    pub(super) fn engine(&self) -> &dyn Engine {
        self.tenant.store.0.engine.as_ref()
    }

    pub(super) fn target(&self) -> Target {
        Target {
            partition: self.tenant.partition,
            tenant: Some(self.tenant.id()),
            declaration: self.declaration,
        }
    }

    /// Returns the statement for the records with these ids, as a majority has them.
    pub(super) fn by_ids(&self, ids: Vec<ObjectId>) -> Get {
        Get {
            target: self.target(),
            ids,
            deleted: true,
            now: self.tenant.context().now(),
        }
    }

    /// Returns the statement for the first record of an index with these values, in the newest
    /// state.
    pub(super) fn listing(&self, index: &'static str, prefix: Vec<Value>) -> List {
        let index = self
            .declaration
            .index(index)
            .unwrap_or(&self.declaration.indexes[0]);
        List {
            target: self.target(),
            span: IndexRange {
                index,
                prefix,
                range: Range::All,
            },
            second: None,
            direction: base::Direction::Forward,
            limit: 1,
            after: None,
            newest: true,
            deleted: true,
            now: self.tenant.context().now(),
        }
    }

    pub(super) fn seq_of(&self, row: &Row) -> Option<i64> {
        match row.field(self.declaration, self.decl.seq) {
            Some(Value::Int(seq)) => Some(seq),
            _ => None,
        }
    }

    /// Returns the event that the log has these records, the last one being its head.
    pub(super) fn grown(&self, rows: Vec<Arc<Row>>) -> Option<ChangeEvent> {
        let head = rows.last().and_then(|row| self.seq_of(row))?;
        Some(ChangeEvent::LogAppended {
            tenant: self.tenant.id(),
            declaration: self.declaration,
            log: self.log,
            head,
            rows,
        })
    }

    /// Publishes the event that the log has this record.
    pub(super) fn tell(&self, row: Row) {
        self.tell_all(self.grown(vec![Arc::new(row)]));
    }

    pub(super) fn tell_all(&self, hints: impl IntoIterator<Item = ChangeEvent>) {
        hints
            .into_iter()
            .for_each(|hint| self.tenant.store.0.tell(hint));
    }

    /// Sends the result once; a record that already has a result is ignored.
    pub(super) fn answer(&self, waiting: &mut PendingAppend, answer: Answer) {
        let gone = waiting
            .answer
            .take()
            .is_some_and(|sender| sender.send(answer).is_err());
        if gone {
            self.tenant.store.stats().abandoned.add(1);
        }
    }

    /// Fails a record with `error`, or with an unknown outcome if an earlier attempt may still be
    /// applied.
    pub(super) fn refuse(&self, waiting: &mut PendingAppend, error: AppendError) {
        let error = if waiting.unclear {
            AppendError::OutcomeUnknown(Arc::new(error))
        } else {
            error
        };
        self.answer(waiting, Err(error));
    }
}
