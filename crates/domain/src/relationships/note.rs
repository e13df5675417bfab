use base::{Change, Code, Failure, Id, Result, limit};
use store::{Changes, CommitError, Tenant, Update};

use super::pair::side;
use super::{Relationship, State};
use crate::check;
use crate::user_log::{UserEvent, tell};
use crate::users::User;

/// Times that a note is tried against others' changes.
const TRIES: usize = 5;

/// What a user notes of another.
#[derive(Clone, Debug, Default)]
pub struct Remarks {
    /// Own words, shown to nobody else.
    pub remark: Change<String>,
    /// Whether they are a favourite.
    pub favourite: Option<bool>,
}

/// Notes something of another user; the other is not told. Only a friend can
/// be a favourite.
///
/// # Errors
/// 400 out of bounds, 409 `state_conflict` for a favourite who is no friend.
pub async fn remark(tenant: &Tenant, user: Id<User>, other: Id<User>, remarks: Remarks) -> Result<Relationship> {
    if let Change::Set(text) = &remarks.remark {
        check::text("/remark", text, limit::REMARK_CHARACTERS)?;
    }
    for _ in 0..TRIES {
        let present = tenant.find(side(user, other)).await?;
        let mut after = present.as_ref().map_or_else(|| Relationship::nothing(user, other), |side| side.doc.clone());
        remarks.remark.clone().apply(&mut after.remark);
        after.favourite = remarks.favourite.unwrap_or(after.favourite);
        if after.favourite && after.state != State::Friends {
            return Err(Failure::new(Code::StateConflict, "Only a friend can be a favourite."));
        }
        let mut batch = tenant.batch();
        match &present {
            Some(side) => {
                let changes = Changes::new()
                    .put(Relationship::remark, after.remark.clone())
                    .set(Relationship::favourite, after.favourite);
                batch.update(side.id, Update::of(changes).expecting_version(side.version));
            }
            None => drop(batch.insert(after.clone())),
        }
        tell(&mut batch, user, UserEvent::RelationshipUpdated { user_id: other });
        match tenant.commit(batch).await {
            Ok(()) => return Ok(after),
            Err(CommitError::Stale { .. } | CommitError::Conflict { .. }) => {}
            Err(error) => return Err(error.into()),
        }
    }
    Err(Failure::new(Code::Unavailable, "Others are changing it; try again shortly.").retry_after_ms(100))
}
