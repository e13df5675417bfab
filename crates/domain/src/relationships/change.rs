use base::{Error, ErrorCode, Id, Result};
use serde_json::json;
use store::TenantStore;

use super::block::{SyncBlockFlag, refused};
use super::count::Moves;
use super::list::own;
use super::{Pair, Relationship, State};
use crate::activities::{What, note};
use crate::outbox;
use crate::quotas::CommitConflict;
use crate::user_log::{UserEvent, tell};
use crate::users::User;

/// Times that a change is tried against others.
const TRIES: usize = 5;

store::string_enum! {
    /// What a user does about another.
    pub enum RelationshipAction {
        /// Asks to be friends; who was asked already becomes one.
        Request = "request",
        /// Says yes to a request.
        Accept = "accept",
        /// Says no to a request.
        Decline = "decline",
        /// Takes an own request back.
        Cancel = "cancel",
        /// Ends a friendship.
        Remove = "remove",
        /// Blocks: no direct messages, invitations, presence or profile either way.
        Block = "block",
        /// Ends an own block.
        Unblock = "unblock",
    }
}

/// Does it, on both sides at once; what is so already stays. A block is
/// enforced in conversations by what the batch leaves in the outbox, and by
/// whoever cannot wait for that.
///
/// # Errors
/// 400 for oneself, 403 `user_blocked`, 409 `state_conflict` when there is
/// nothing to accept, decline, cancel, remove or unblock, 422 `limit_reached`
/// beyond the friends and requests of one of the two, or the blocks of the user.
pub async fn change(
    tenant: &TenantStore,
    user: Id<User>,
    other: Id<User>,
    deed: RelationshipAction,
) -> Result<Relationship> {
    if user == other {
        return Err(Error::invalid(
            "",
            "A user stands in no relationship to themselves.",
        ));
    }
    for _ in 0..TRIES {
        let pair = Pair::read(tenant, user, other).await?;
        let before = pair.states();
        let after = next(deed, before)?;
        if after == before {
            return Ok(own(&pair, user, other));
        }
        let mut moves = Moves::read(
            tenant,
            [(user, before.0, after.0), (other, before.1, after.1)],
        )
        .await?;
        let mut batch = tenant.batch();
        pair.write(&mut batch, after);
        moves.write(&mut batch);
        for (whose, of, changed) in [
            (user, other, before.0 != after.0),
            (other, user, before.1 != after.1),
        ] {
            if changed {
                tell(
                    &mut batch,
                    whose,
                    UserEvent::RelationshipUpdated { user_id: of },
                );
            }
        }
        if matches!(
            deed,
            RelationshipAction::Block | RelationshipAction::Unblock
        ) {
            outbox::put(&mut batch, &SyncBlockFlag::new(user, other));
        }
        if deed == RelationshipAction::Block {
            note(
                &mut batch,
                Some(user),
                What::Blocked,
                None,
                &json!({"user_id": other}),
            );
        }
        match tenant
            .commit(batch)
            .await
            .map_err(|error| moves.counts.outrun(error))
        {
            Ok(()) => return Ok(own(&Pair::read(tenant, user, other).await?, user, other)),
            Err(CommitConflict::Again) => {}
            Err(CommitConflict::Failed(failure)) => return Err(failure),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "Both are changing it; try again shortly.",
    )
    .retry_after_ms(100))
}

/// The states of both sides after a deed of the first.
fn next(deed: RelationshipAction, (mine, theirs): (State, State)) -> Result<(State, State)> {
    use State::{Blocked, Friends, None, Pending, Requested};
    let blocked = mine == Blocked || theirs == Blocked;
    match (deed, mine) {
        (RelationshipAction::Block, _) => {
            Ok((Blocked, if theirs == Blocked { Blocked } else { None }))
        }
        (RelationshipAction::Unblock, Blocked) => Ok((None, theirs)),
        (RelationshipAction::Request | RelationshipAction::Accept, _) if blocked => Err(refused()),
        (RelationshipAction::Request, None | Requested) => Ok((Requested, Pending)),
        (RelationshipAction::Request | RelationshipAction::Accept, Pending | Friends) => {
            Ok((Friends, Friends))
        }
        (RelationshipAction::Decline, Pending)
        | (RelationshipAction::Cancel, Requested)
        | (RelationshipAction::Remove, Friends) => Ok((None, None)),
        _ => Err(Error::new(
            ErrorCode::StateConflict,
            format!("The relationship is {mine}: there is nothing to {deed}."),
        )),
    }
}
