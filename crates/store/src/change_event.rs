use std::sync::Arc;

use base::{ObjectId, TenantId};

use crate::batch::Write;
use crate::collection::Row;
use crate::declaration::{Database, Declaration};

/// Says that something was written. Hints may be lost or come twice; the
/// store is what holds.
#[derive(Debug, Clone)]
pub enum ChangeEvent {
    /// A log grew.
    LogAppended {
        /// Whose log.
        tenant: TenantId,
        /// The log collection.
        declaration: &'static Declaration,
        /// The log.
        log: ObjectId,
        /// The number of its last record.
        head: i64,
        /// The newest records in order, the last one being the head; may be empty.
        rows: Vec<Arc<Row>>,
    },
    /// A document of a watched collection was written, or may have been.
    DocumentChanged {
        /// Whose document; `None` in platform collections.
        tenant: Option<TenantId>,
        /// The collection.
        declaration: &'static Declaration,
        /// The document's id. An upsert tells a new one, also when it changed
        /// a document that stood: then the key in `row` names it.
        id: ObjectId,
        /// The document as it was written, when it is known whole; of an
        /// upsert, as it was given.
        row: Option<Arc<Row>>,
    },
    /// Hints were lost; whoever depends on them looks at the store.
    Lagged,
}

impl ChangeEvent {
    /// The same hint where it is unclear what was written.
    pub(crate) fn in_doubt(self) -> Self {
        match self {
            Self::DocumentChanged {
                tenant,
                declaration,
                id,
                ..
            } => Self::DocumentChanged {
                tenant,
                declaration,
                id,
                row: None,
            },
            Self::LogAppended { .. } | Self::Lagged => self,
        }
    }
}

/// What is told of writes to watched collections.
pub(crate) fn watched(tenant: Option<TenantId>, writes: &[Write]) -> Vec<ChangeEvent> {
    let hint = |write: &Write| {
        let declaration = write.declaration();
        let (id, row) = match write {
            Write::Insert { row, .. } | Write::Upsert { row, .. } => {
                (row.id, Some(Arc::clone(row)))
            }
            Write::Update { id, .. }
            | Write::Increment { id, .. }
            | Write::Raise { id, .. }
            | Write::Remove { id, .. } => (*id, None),
            Write::RemoveRange { .. } => return None,
        };
        let tenant = tenant.filter(|_| declaration.database != Database::Platform);
        declaration.watched.then_some(ChangeEvent::DocumentChanged {
            tenant,
            declaration,
            id,
            row,
        })
    };
    writes.iter().filter_map(hint).collect()
}
