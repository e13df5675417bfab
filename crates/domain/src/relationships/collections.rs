use base::Id;
use store::{collection, string_enum};

use crate::users::User;

string_enum! {
    /// How one user stands to another.
    pub enum State {
        /// In no way.
        None = "none",
        /// The user asked the other to be friends.
        Requested = "requested",
        /// The other asked the user.
        Pending = "pending",
        /// They are friends.
        Friends = "friends",
        /// The user blocks the other.
        Blocked = "blocked",
    }
}

collection! {
    /// How one user stands to another: one side of a pair.
    pub struct Relationship: TenantData "user_relationships" {
        /// Whose side it is.
        user_id: Id<User>,
        /// To whom.
        other_id: Id<User>,
        /// How.
        state: State,
        /// What the user notes of the other; shown to nobody else.
        remark: Option<String>,
        /// Whether the other is one of the user's favourites.
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
        /// Finds what others hold of a user, and who blocks them.
        by_other: None [other_id, state];
    }
    personal {
        user_id: purge by by_pair;
        other_id: purge by by_other;
    }
}

impl Relationship {
    /// A side of which nothing is said.
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
