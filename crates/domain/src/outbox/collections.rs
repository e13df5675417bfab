use base::{Id, Timestamp};
use store::{Column, JsonText, collection, string_enum};

use crate::identity::User;
use crate::leases::Work;

string_enum! {
    /// Kind of an outbox task.
    pub enum TaskKind {
        /// Appends an event to a user's log.
        TellUser = "tell_user",
        /// Synchronizes the block flag of a direct conversation with the relationship of its two
        /// users.
        EnforceBlock = "enforce_block",
        /// Transfers the conversations that a deleted user owns.
        HandOver = "hand_over",
        /// Sends a mail.
        SendMail = "send_mail",
        /// Records the analytics event of a sign-in.
        RecordLogin = "record_login",
    }
}

collection! {
    /// A follow-up task of a write, stored until it is done.
    pub struct Outbox: TenantData "outbox" {
        /// Kind of the task.
        kind: TaskKind,
        /// The user whom the task concerns, if it concerns only one.
        user_id: Option<Id<User>>,
        /// Parameters of the task as JSON.
        payload: JsonText,
        /// Time of the next attempt; while leased, the end of the lease; absent once abandoned.
        due_at: Option<Timestamp>,
        /// Number of attempts started.
        attempts: i64,
    }
    due: due_at;
    indexes {
        /// Finds a user's pending tasks.
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
