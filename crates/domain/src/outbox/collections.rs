use base::{Id, Timestamp};
use store::{Column, JsonText, collection, string_enum};

use crate::identity::User;
use crate::leases::Work;

string_enum! {
    /// What is to be done.
    pub enum TaskKind {
        /// A user's devices are told something, by a record of the user's log.
        TellUser = "tell_user",
        /// A direct conversation is brought to what holds between its two users.
        EnforceBlock = "enforce_block",
        /// The conversations which a deleted user owns get another owner.
        HandOver = "hand_over",
    }
}

collection! {
    /// Something that must follow a write, until it is done.
    pub struct Outbox: TenantData "outbox" {
        /// What is to be done.
        kind: TaskKind,
        /// Whom it is for, when it is for one alone.
        user_id: Option<Id<User>>,
        /// With what.
        payload: JsonText,
        /// When it is done next; under a lease its end, absent once given up.
        due_at: Option<Timestamp>,
        /// How often it was begun.
        attempts: i64,
    }
    due: due_at;
    indexes {
        /// Finds what still waits for a user.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}

impl Work for Outbox {
    const DUE: Column<Self, Timestamp> = Self::due_at;
    const ATTEMPTS: Column<Self, i64> = Self::attempts;
}
