use base::{Error, Result, limit};
use store::{Changes, CommitError, Entity, TenantStore, Update};

use super::get::{get, made};
use super::{RetentionSubject, Rule, Subject};
use crate::holds::none;

/// Times that racing requests may get in each other's way before one gives up.
const TRIES: usize = 5;

/// What a rule is to say.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Wanted {
    /// Days after which messages are wiped.
    pub days: Option<i64>,
    /// Whether nothing may be wiped or erased.
    pub legal_hold: bool,
}

/// Sets a rule as a whole. Old messages are looked for at once; a hold keeps
/// what stands when it is answered, also from a step that has begun.
///
/// # Errors
/// 400 for days out of bounds or for a user, who has none.
pub async fn set(
    tenant: &TenantStore,
    whose: RetentionSubject,
    wanted: Wanted,
) -> Result<Entity<Rule>> {
    let most = limit::signed(limit::RETENTION_DAYS);
    if wanted.days.is_some_and(|days| !(1..=most).contains(&days)) {
        return Err(Error::invalid("/days", format!("must be 1 to {most}")));
    }
    if wanted.days.is_some() && whose.subject() == Subject::User {
        return Err(Error::invalid("/days", "a user has a legal hold only"));
    }
    let tenants = made(tenant, RetentionSubject::Tenant(tenant.id()))
        .await?
        .id;
    for _ in 0..TRIES {
        let present = get(tenant, whose).await?;
        let mut batch = tenant.batch();
        let due_at = wanted.days.map(|_| batch.now());
        if present.version == 0 {
            let Wanted { days, legal_hold } = wanted;
            batch.insert_as(
                present.id,
                Rule {
                    days,
                    legal_hold,
                    due_at,
                    ..none(whose.subject())
                },
            );
        } else {
            let changes = Changes::new()
                .put(Rule::days, wanted.days)
                .set(Rule::legal_hold, wanted.legal_hold);
            let changes = changes
                .put(Rule::due_at, due_at)
                .clear(Rule::after)
                .clear(Rule::looked_to);
            batch.update(present.id, Update::of(changes));
        }
        // Whoever has looked at the holds already looks again.
        let changed = Changes::new().set(Rule::holds, tenant.context().new_object_id());
        batch.update(tenants, Update::of(changed).quietly());
        match tenant.commit(batch).await {
            Ok(()) => return get(tenant, whose).await,
            Err(CommitError::Conflict { .. } | CommitError::PreconditionFailed { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Error::new(
        base::ErrorCode::Unavailable,
        "Others are changing the same rule; try again shortly.",
    ))
}
