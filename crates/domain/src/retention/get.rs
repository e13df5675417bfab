use base::{Result, Timestamp};
use store::{CommitError, Entity, Tenant};

use super::{Rule, Whose};

/// A rule; without days and hold, as version 0, while nobody has set one.
///
/// # Errors
/// When the store cannot answer.
pub async fn get(tenant: &Tenant, whose: Whose) -> Result<Entity<Rule>> {
    let (id, created_at, updated_at) = (whose.id(), Timestamp::EPOCH, Timestamp::EPOCH);
    let default =
        Entity { id, created_at, updated_at, version: 0, deleted_at: None, deleted_by: None, doc: none(whose) };
    Ok(tenant.get(id).await?.unwrap_or(default))
}

pub(super) const fn none(whose: Whose) -> Rule {
    let subject = whose.subject();
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

/// A rule, made where there is none.
pub(super) async fn made(tenant: &Tenant, whose: Whose) -> Result<Entity<Rule>> {
    let present = get(tenant, whose).await?;
    if present.version > 0 {
        return Ok(present);
    }
    let mut batch = tenant.batch();
    batch.insert_as(present.id, none(whose));
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::Conflict { .. }) => get(tenant, whose).await,
        Err(error) => Err(error.into()),
    }
}
