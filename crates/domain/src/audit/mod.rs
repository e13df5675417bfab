//! The platform's audit log. An entry is written in the batch of its cause, then numbered and
//! linked to the entry before by its hash.

mod chain;
mod collections;
mod entry;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use store::{Collection, Declaration, PlatformStore};

pub use chain::{
    AuditFilter, Checkpoint, Problem, Verification, append_pending, entry_of, list, verify,
};
pub use collections::{AuditIntent, AuditRecord};
pub use entry::{ActorType, Entry, Origin, Outcome, record_denied};

/// Collections of the module.
pub(crate) const COLLECTIONS: &[&Declaration] =
    &[AuditIntent::DECLARATION, AuditRecord::DECLARATION];

/// Returns a handle whose first successful commit contains the audit entry of this action on the
/// data of a tenant, if it concerns one.
#[must_use]
pub fn audited(
    platform: &PlatformStore,
    action: &'static str,
    origin: Origin,
    tenant_id: Option<String>,
) -> PlatformStore {
    platform.with_companion(Arc::new(entry::Audited {
        action,
        origin,
        tenant_id,
    }))
}
