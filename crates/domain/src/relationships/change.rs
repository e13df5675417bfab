use base::{Error, ErrorCode, Id, Result};
use serde_json::json;
use store::{Batch, Changes, Entity, Query, TenantData, TenantStore, Update};

use super::block::{SyncBlockFlag, blocked_error};
use super::{Relationship, State, own};
use crate::activities::{SystemActivity, record_in};
use crate::outbox;
use crate::quotas::{CommitConflict, QuotaKey, QuotaKind, Quotas};
use crate::user_log::{UserEvent, tell};
use crate::users::User;

/// Attempts of a change that conflicts with concurrent changes.
const MAX_ATTEMPTS: usize = 5;

store::string_enum! {
    /// Action of a user on a relationship.
    pub enum RelationshipAction {
        /// Sends a friend request; accepts one that the other user has sent.
        Request = "request",
        /// Accepts a friend request.
        Accept = "accept",
        /// Declines a friend request.
        Decline = "decline",
        /// Cancels an own friend request.
        Cancel = "cancel",
        /// Ends a friendship.
        Remove = "remove",
        /// Blocks the other user: no direct messages, invitations, presence or profile in either
        /// direction.
        Block = "block",
        /// Removes an own block.
        Unblock = "unblock",
    }
}

/// Applies an action to both sides atomically; has no effect if the state is already reached. A
/// block is enforced in conversations by an outbox task, and by a direct check where the task would
/// be too late.
///
/// # Errors
/// 400 for the user themselves, 403 `user_blocked`, 409 `state_conflict` if there is nothing to
/// accept, decline, cancel, remove or unblock, 422 `limit_reached` for the friends and requests of
/// either user or the blocks of the acting user.
pub async fn change(
    tenant: &TenantStore,
    user: Id<User>,
    other: Id<User>,
    action: RelationshipAction,
) -> Result<Relationship> {
    if user == other {
        return Err(Error::invalid(
            "",
            "Users have no relationship to themselves.",
        ));
    }
    for _ in 0..MAX_ATTEMPTS {
        let pair = Pair::read(tenant, user, other).await?;
        let before = pair.states();
        let after = next(action, before)?;
        if after == before {
            return Ok(own(&pair, user, other));
        }
        let mut moves = QuotaChanges::read(
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
            action,
            RelationshipAction::Block | RelationshipAction::Unblock
        ) {
            outbox::put(&mut batch, &SyncBlockFlag::new(user, other));
        }
        if action == RelationshipAction::Block {
            record_in(
                &mut batch,
                Some(user),
                SystemActivity::Blocked,
                None,
                &json!({"user_id": other}),
            );
        }
        match tenant
            .commit(batch)
            .await
            .map_err(|error| moves.counts.commit_conflict(error))
        {
            Ok(()) => return Ok(own(&Pair::read(tenant, user, other).await?, user, other)),
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

/// Returns the states of both sides after an action of the first.
fn next(action: RelationshipAction, (mine, theirs): (State, State)) -> Result<(State, State)> {
    use State::{Blocked, Friends, None, Pending, Requested};
    let blocked = mine == Blocked || theirs == Blocked;
    match (action, mine) {
        (RelationshipAction::Block, _) => {
            Ok((Blocked, if theirs == Blocked { Blocked } else { None }))
        }
        (RelationshipAction::Unblock, Blocked) => Ok((None, theirs)),
        (RelationshipAction::Request | RelationshipAction::Accept, _) if blocked => {
            Err(blocked_error())
        }
        (RelationshipAction::Request, None | Requested) => Ok((Requested, Pending)),
        (RelationshipAction::Request | RelationshipAction::Accept, Pending | Friends) => {
            Ok((Friends, Friends))
        }
        (RelationshipAction::Decline, Pending)
        | (RelationshipAction::Cancel, Requested)
        | (RelationshipAction::Remove, Friends) => Ok((None, None)),
        _ => Err(Error::new(
            ErrorCode::StateConflict,
            format!("The relationship is {mine}; the action {action} is not possible."),
        )),
    }
}

/// Both sides of a relationship, as read from the store.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    user: Id<User>,
    other: Id<User>,
    pub(super) mine: Option<Entity<Relationship>>,
    pub(super) theirs: Option<Entity<Relationship>>,
}

impl Pair {
    /// Reads both sides, the one locked by [`Self::hold`] first. As long as that one is unchanged,
    /// the other is current as well. With a single read, one side could be from before a concurrent
    /// change and the other from after it.
    pub(crate) async fn read(
        tenant: &TenantStore,
        user: Id<User>,
        other: Id<User>,
    ) -> Result<Self> {
        let low = user.min(other);
        let high = user.max(other);
        let held = tenant.find(side(low, high)).await?;
        let behind = tenant.find(side(high, low)).await?;
        let (mine, theirs) = if user == low {
            (held, behind)
        } else {
            (behind, held)
        };
        Ok(Self {
            user,
            other,
            mine,
            theirs,
        })
    }

    /// Returns the states of both sides, the user's own first.
    pub(super) fn states(&self) -> (State, State) {
        let state = |side: &Option<Entity<Relationship>>| {
            side.as_ref().map_or(State::None, |side| side.state)
        };
        (state(&self.mine), state(&self.theirs))
    }

    /// Returns whether either user blocks the other.
    pub(crate) fn is_blocked(&self) -> bool {
        let (mine, theirs) = self.states();
        mine == State::Blocked || theirs == State::Blocked
    }

    /// Adds the new states of both sides to the batch, with the precondition that neither has
    /// changed.
    pub(super) fn write(&self, batch: &mut Batch<TenantData>, states: (State, State)) {
        put(batch, self.mine.as_ref(), (self.user, self.other), states.0);
        put(
            batch,
            self.theirs.as_ref(),
            (self.other, self.user),
            states.1,
        );
    }

    /// Adds the precondition that the pair has not changed. Every change writes both sides, so that
    /// a precondition on the side of the smaller id is sufficient.
    pub(crate) fn hold(&self, batch: &mut Batch<TenantData>) {
        let low = self.user.min(self.other);
        let high = self.user.max(self.other);
        let side = if low == self.user {
            &self.mine
        } else {
            &self.theirs
        };
        match side {
            Some(side) => batch.update(
                side.id,
                Update::of(Changes::new()).expecting_version(side.version),
            ),
            None => drop(batch.insert(Relationship::nothing(low, high))),
        }
    }
}

/// Selects one side of a pair.
pub(super) fn side(user: Id<User>, other: Id<User>) -> Query<Relationship> {
    Relationship::by_pair
        .eq(Relationship::user_id, user)
        .eq(Relationship::other_id, other)
}

fn put(
    batch: &mut Batch<TenantData>,
    present: Option<&Entity<Relationship>>,
    (user, other): (Id<User>, Id<User>),
    state: State,
) {
    let Some(present) = present else {
        batch.insert(Relationship {
            state,
            ..Relationship::nothing(user, other)
        });
        return;
    };
    // Written even if the state is unchanged, so that a concurrent change of the pair conflicts.
    let mut changes = Changes::new().set(Relationship::state, state);
    if state != State::Friends {
        changes = changes.set(Relationship::favourite, false);
    }
    batch.update(
        present.id,
        Update::of(changes).expecting_version(present.version),
    );
}

impl State {
    /// Returns the quota that a side in this state counts towards. Incoming requests count too, so
    /// that accepting one adds to neither side.
    const fn counted(self) -> Option<QuotaKind> {
        match self {
            Self::None => None,
            Self::Requested | Self::Pending | Self::Friends => Some(QuotaKind::Friends),
            Self::Blocked => Some(QuotaKind::Blocks),
        }
    }
}

impl Relationship {
    /// Returns the keys of the counts of this side.
    pub(super) fn counted(&self) -> impl Iterator<Item = QuotaKey> {
        let remark = self.remark.as_ref().map(|_| QuotaKind::Remarks);
        let user = self.user_id;
        self.state
            .counted()
            .into_iter()
            .chain(remark)
            .map(move |counted| QuotaKey::of(user, counted))
    }
}

/// Changes of the counts of both users by a change of their relationship.
pub(super) struct QuotaChanges {
    pub(super) counts: Quotas,
    less: Vec<QuotaKey>,
    more: Vec<QuotaKey>,
}

impl QuotaChanges {
    /// Reads the counts for a transition of the states.
    pub(super) async fn read(
        tenant: &TenantStore,
        sides: [(Id<User>, State, State); 2],
    ) -> Result<Self> {
        let moved = sides
            .iter()
            .filter(|(_, before, after)| before.counted() != after.counted());
        let named = |user: Id<User>, state: State| {
            state.counted().map(|counted| QuotaKey::of(user, counted))
        };
        let mut less = Vec::new();
        let mut more = Vec::new();
        for (user, before, after) in moved {
            less.extend(named(*user, *before));
            more.extend(named(*user, *after));
        }
        let counts = Quotas::read(tenant, &[less.as_slice(), more.as_slice()].concat()).await?;
        Ok(Self { counts, less, more })
    }

    pub(super) fn write(&mut self, batch: &mut Batch<TenantData>) {
        for name in &self.less {
            self.counts.release(batch, name);
        }
        for name in &self.more {
            self.counts.reserve(batch, name);
        }
    }
}
