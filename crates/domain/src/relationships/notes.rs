use base::{Error, ErrorCode, Id, Patch, Result, limit};
use store::{Batch, Changes, Entity, TenantData, TenantStore, Update};

use super::change::side;
use super::{Relationship, State};
use crate::quotas::{CommitConflict, QuotaKey, QuotaKind, Quotas};
use crate::user_log::{UserEvent, tell};
use crate::users::User;
use crate::validation;

/// Attempts of a write that conflicts with concurrent changes.
const MAX_ATTEMPTS: usize = 5;

/// Private notes on another user; omitted fields keep their value.
#[derive(Clone, Debug, Default)]
pub struct RelationshipNotes {
    /// Private text.
    pub remark: Patch<String>,
    /// Whether the other user is a favourite.
    pub favourite: Option<bool>,
}

/// Updates private notes on another user, who is not notified. Only a friend can be a favourite.
///
/// # Errors
/// 400 with the invalid fields, 409 `state_conflict` for a favourite that is not a friend, 422
/// `limit_reached` above [`limit::USER_REMARKS`] notes.
pub async fn remark(
    tenant: &TenantStore,
    user: Id<User>,
    other: Id<User>,
    remarks: RelationshipNotes,
) -> Result<Relationship> {
    if let Patch::Set(text) = &remarks.remark {
        validation::text("/remark", text, limit::REMARK_CHARACTERS)?;
    }
    for _ in 0..MAX_ATTEMPTS {
        let present = tenant.find(side(user, other)).await?;
        let mut after = present.as_ref().map_or_else(
            || Relationship::nothing(user, other),
            |side| side.doc.clone(),
        );
        remarks.remark.clone().apply(&mut after.remark);
        after.favourite = remarks.favourite.unwrap_or(after.favourite);
        if after.favourite && after.state != State::Friends {
            return Err(Error::new(
                ErrorCode::StateConflict,
                "Only a friend can be a favourite.",
            ));
        }
        let remarks = QuotaKey::of(user, QuotaKind::Remarks);
        let mut counts = Quotas::read(tenant, std::slice::from_ref(&remarks)).await?;
        let mut batch = tenant.batch();
        match (
            present.as_ref().is_some_and(|side| side.remark.is_some()),
            after.remark.is_some(),
        ) {
            (false, true) => drop(counts.reserve(&mut batch, &remarks)),
            (true, false) => drop(counts.release(&mut batch, &remarks)),
            _ => {}
        }
        write(&mut batch, present.as_ref(), &after);
        tell(
            &mut batch,
            user,
            UserEvent::RelationshipUpdated { user_id: other },
        );
        match tenant
            .commit(batch)
            .await
            .map_err(|error| counts.commit_conflict(error))
        {
            Ok(()) => return Ok(after),
            Err(CommitConflict::Again) => {}
            Err(CommitConflict::Failed(failure)) => return Err(failure),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "Concurrent changes of the relationship; retry shortly.",
    )
    .retry_after_ms(100))
}

fn write(
    batch: &mut Batch<TenantData>,
    present: Option<&Entity<Relationship>>,
    after: &Relationship,
) {
    match present {
        Some(side) => {
            let changes = Changes::new()
                .put(Relationship::remark, after.remark.clone())
                .set(Relationship::favourite, after.favourite);
            batch.update(side.id, Update::of(changes).expecting_version(side.version));
        }
        None => drop(batch.insert(after.clone())),
    }
}
