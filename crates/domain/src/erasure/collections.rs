use std::collections::BTreeMap;

use base::{Id, ObjectId, Timestamp};
use serde::{Deserialize, Serialize};
use store::Json;

use crate::users::User;

store::string_enum! {
    /// How far an erasure has got.
    pub enum ErasureStatus {
        /// At work, or about to be.
        Running = "running",
        /// A legal hold keeps all or the rest; it goes on when the hold is lifted.
        Held = "held",
        /// Nothing of the user is left but what the report says.
        Done = "done",
    }
}

store::string_enum! {
    /// What an erasure does at present; in this order.
    pub enum Stage {
        /// Takes the user's reactions back.
        Reactions = "reactions",
        /// Ends the user's parts, so that nothing more of theirs can come.
        Memberships = "memberships",
        /// Removes and wipes what the declarations name.
        Documents = "documents",
        /// Takes the conversations out of the user's past.
        Conversations = "conversations",
        /// Looks for what came in between, everywhere.
        Check = "check",
        /// Counts anew what the user's events were counted in.
        Counts = "counts",
        /// Removes the user.
        User = "user",
    }
}

store::collection! {
    /// The complete deletion of one user: a resumable piece of work, and its
    /// report, which is kept.
    pub struct Erasure: TenantData "erasures" {
        /// Whom it erases; the id names nobody when it is done.
        user_id: Id<User>,
        /// How far it has got.
        status: ErasureStatus,
        /// What it does at present.
        stage: Stage,
        /// Which of the declared lines it is at.
        line: i64,
        /// The last document it has seen there.
        after: Option<ObjectId>,
        /// Up to when it counts anew what was marked.
        marks_until: Option<Timestamp>,
        /// What went from which collection.
        report: Json<BTreeMap<String, ErasedDocuments>>,
        /// Bounded parts of work done.
        steps: i64,
        /// When it goes on: the end of the lease while somebody works on it.
        due_at: Option<Timestamp>,
        /// When it was done.
        completed_at: Option<Timestamp>,
    }
    due: due_at;
    indexes {
        /// Keeps a user to one erasure.
        by_user: Unique [user_id];
        /// Finds those that wait for a hold to be lifted.
        by_status: None [status];
    }
    personal {
        user_id: keep;
    }
}

/// What went from one collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedDocuments {
    /// Documents that are gone.
    pub removed: usize,
    /// Documents that stay without what was in them.
    pub wiped: usize,
    /// Documents that a legal hold kept when they were looked at last.
    #[serde(default)]
    pub held: usize,
}
