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

/// What runs need to know of their log.
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
            place: self.tenant.place,
            tenant: Some(self.tenant.id()),
            declaration: self.declaration,
        }
    }

    /// The records with these ids, as a majority has them.
    pub(super) fn by_ids(&self, ids: Vec<ObjectId>) -> Get {
        Get {
            target: self.target(),
            ids,
            deleted: true,
            now: self.tenant.context().now(),
        }
    }

    /// The first record of an index with these values, as the newest state has it.
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
            beside: None,
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

    /// Says that the log has these records, the last one being its head.
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

    /// Tells watchers that the log has this record.
    pub(super) fn tell(&self, row: Row) {
        self.tell_all(self.grown(vec![Arc::new(row)]));
    }

    pub(super) fn tell_all(&self, hints: impl IntoIterator<Item = ChangeEvent>) {
        hints
            .into_iter()
            .for_each(|hint| self.tenant.store.0.tell(hint));
    }

    /// Answers once; a record that was answered already is left alone.
    pub(super) fn answer(&self, waiting: &mut PendingAppend, answer: Answer) {
        let gone = waiting
            .answer
            .take()
            .is_some_and(|sender| sender.send(answer).is_err());
        if gone {
            self.tenant.store.stats().abandoned.add(1);
        }
    }

    /// Says that the record does not stand, unless an earlier try may still
    /// land: then nobody can say.
    pub(super) fn refuse(&self, waiting: &mut PendingAppend, error: AppendError) {
        let error = if waiting.unclear {
            AppendError::OutcomeUnknown(Arc::new(error))
        } else {
            error
        };
        self.answer(waiting, Err(error));
    }
}
