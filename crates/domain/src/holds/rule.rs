use base::{Id, Result, Timestamp};
use store::{CommitError, Entity, TenantStore};

use super::{Rule, Subject};

/// Returns a rule; without days and hold, as version 0, if nobody has set one.
pub(crate) async fn get(
    tenant: &TenantStore,
    id: Id<Rule>,
    subject: Subject,
) -> Result<Entity<Rule>> {
    let created_at = Timestamp::EPOCH;
    let updated_at = Timestamp::EPOCH;
    let doc = none(subject);
    let default = Entity {
        id,
        created_at,
        updated_at,
        version: 0,
        deleted_at: None,
        deleted_by: None,
        doc,
    };
    Ok(tenant.get(id).await?.unwrap_or(default))
}

/// Returns a rule without days and hold.
pub(crate) const fn none(subject: Subject) -> Rule {
    Rule {
        subject,
        days: None,
        legal_hold: false,
        wiped_to: 0,
        looked_to: None,
        after: None,
        due_at: None,
        holds: None,
        heeded_by: None,
    }
}

/// Returns a rule, created if there is none.
pub(crate) async fn made(
    tenant: &TenantStore,
    id: Id<Rule>,
    subject: Subject,
) -> Result<Entity<Rule>> {
    let present = get(tenant, id, subject).await?;
    if present.version > 0 {
        return Ok(present);
    }
    let mut batch = tenant.batch();
    batch.insert_as(present.id, none(subject));
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => get(tenant, id, subject).await,
        Err(error) => Err(error.into()),
    }
}
