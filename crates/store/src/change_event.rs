use std::sync::Arc;

use base::{ObjectId, TenantId};

use crate::batch::Write;
use crate::collection::Row;
use crate::declaration::{Database, Declaration};

/// Notification about a write.
///
/// Change events may be lost or delivered twice; the store is authoritative.
#[derive(Debug, Clone)]
pub enum ChangeEvent {
    /// Records were appended to a log.
    LogAppended {
        /// Tenant of the log.
        tenant: TenantId,
        /// Log collection.
        declaration: &'static Declaration,
        /// Id of the log.
        log: ObjectId,
        /// Sequence number of its last record.
        head: i64,
        /// Newest records in ascending order, the last one being the head; may be empty.
        rows: Vec<Arc<Row>>,
    },
    /// A document of a watched collection was written, or may have been.
    DocumentChanged {
        /// Tenant of the document; `None` in platform collections.
        tenant: Option<TenantId>,
        /// Collection of the document.
        declaration: &'static Declaration,
        /// Id of the document. For an upsert it is a newly generated id, even if an existing
        /// document was changed; the key in `row` then identifies the document.
        id: ObjectId,
        /// Document as it was written, if it is known in full; for an upsert, as it was given.
        row: Option<Arc<Row>>,
    },
    /// Events were lost; consumers that depend on them must read the store.
    Lagged,
}

impl ChangeEvent {
    /// Returns the same event for a write whose outcome is unknown.
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

/// Returns the events for writes to watched collections.
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
