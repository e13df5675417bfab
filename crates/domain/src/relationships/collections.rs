use base::Id;
use store::{collection, string_enum};

use crate::users::User;

string_enum! {
    /// State of a relationship, seen from one user.
    pub enum State {
        /// No relationship.
        None = "none",
        /// The user has sent a friend request.
        Requested = "requested",
        /// The user has received a friend request.
        Pending = "pending",
        /// The users are friends.
        Friends = "friends",
        /// The user blocks the other.
        Blocked = "blocked",
    }
}

collection! {
    /// One side of the relationship of two users.
    pub struct Relationship: TenantData "user_relationships" {
        /// User of this side.
        user_id: Id<User>,
        /// The other user.
        other_id: Id<User>,
        /// State of this side.
        state: State,
        /// Private note on the other user.
        remark: Option<String>,
        /// Whether the other user is a favourite.
        favourite: bool,
    }
    watched: true;
    shard_by: [user_id];
    indexes {
        by_pair: Unique [user_id, other_id];
        /// Lists the friends, requests and blocks of a user.
        by_state: None [user_id, state];
        /// Lists the favourites of a user.
        by_favourite: None [user_id, favourite];
        /// Finds the sides of other users, and the users that block a user.
        by_other: None [other_id, state];
    }
    personal {
        user_id: purge by by_pair;
        other_id: purge by by_other;
    }
}

impl Relationship {
    /// Returns a side without a relationship.
    pub(super) const fn nothing(user_id: Id<User>, other_id: Id<User>) -> Self {
        Self {
            user_id,
            other_id,
            state: State::None,
            remark: None,
            favourite: false,
        }
    }
}
