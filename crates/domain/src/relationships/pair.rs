use base::{Id, Result};
use store::{Batch, Changes, Entity, Query, TenantData, TenantStore, Update};

use super::{Relationship, State};
use crate::users::User;

/// Both sides of two users, as they were read.
#[derive(Clone, Debug)]
pub(crate) struct Pair {
    user: Id<User>,
    other: Id<User>,
    pub(super) mine: Option<Entity<Relationship>>,
    pub(super) theirs: Option<Entity<Relationship>>,
}

impl Pair {
    /// Reads both sides, the one that [`Self::hold`] holds first: as long as
    /// that one stays, the other is as it was when it was read behind it. Read
    /// at once, one could be from before a change and the other from behind it.
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

    /// The states of both sides, the user's own first.
    pub(super) fn states(&self) -> (State, State) {
        let state = |side: &Option<Entity<Relationship>>| {
            side.as_ref().map_or(State::None, |side| side.state)
        };
        (state(&self.mine), state(&self.theirs))
    }

    /// Whether either of the two blocks the other.
    pub(crate) fn is_blocked(&self) -> bool {
        let (mine, theirs) = self.states();
        mine == State::Blocked || theirs == State::Blocked
    }

    /// Writes the states of both sides, if both are as they were read.
    pub(super) fn write(&self, batch: &mut Batch<TenantData>, states: (State, State)) {
        put(batch, self.mine.as_ref(), (self.user, self.other), states.0);
        put(
            batch,
            self.theirs.as_ref(),
            (self.other, self.user),
            states.1,
        );
    }

    /// Makes the batch stand only if nobody has changed the pair since it was
    /// read. Whoever changes how two stand writes both sides, so one of them is
    /// enough: the one of the smaller id.
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

/// The question for one side of a pair.
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
    // Also when the state stays: a rival's change of the pair must meet this one.
    let mut changes = Changes::new().set(Relationship::state, state);
    if state != State::Friends {
        changes = changes.set(Relationship::favourite, false);
    }
    batch.update(
        present.id,
        Update::of(changes).expecting_version(present.version),
    );
}
