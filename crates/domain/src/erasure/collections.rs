use std::collections::BTreeMap;

use base::{Id, ObjectId, Timestamp};
use serde::{Deserialize, Serialize};
use store::Json;

use crate::users::User;

store::string_enum! {
    /// Status of an erasure.
    pub enum ErasureStatus {
        /// In progress or scheduled.
        Running = "running",
        /// Legal holds retain all or some data; resumes when they are lifted.
        Held = "held",
        /// Completed; only the report remains.
        Done = "done",
    }
}

store::string_enum! {
    /// Stage of an erasure, in order.
    pub enum Stage {
        /// Removes the user's reactions.
        Reactions = "reactions",
        /// Ends the user's memberships, so that no new data can be added.
        Memberships = "memberships",
        /// Deletes and redacts documents as the declarations define.
        Documents = "documents",
        /// Removes files with their content.
        Files = "files",
        /// Removes the former memberships.
        Conversations = "conversations",
        /// Scans for data added concurrently.
        Check = "check",
        /// Recomputes the counts that included the user's events.
        Counts = "counts",
        /// Removes the user document.
        User = "user",
    }
}

store::collection! {
    /// A resumable erasure of one user, with its report. Kept after completion.
    pub struct Erasure: TenantData "erasures" {
        /// The user; the id no longer resolves after completion.
        user_id: Id<User>,
        /// Status of the erasure.
        status: ErasureStatus,
        /// Current stage.
        stage: Stage,
        /// Index of the current line of the declarations.
        line: i64,
        /// Last document processed of that line.
        after: Option<ObjectId>,
        /// Time up to which marked counts are recomputed.
        marks_until: Option<Timestamp>,
        /// Numbers of erased documents by collection.
        report: Json<BTreeMap<String, ErasedDocuments>>,
        /// Number of steps executed.
        steps: i64,
        /// Time of the next step; while leased, the end of the lease.
        due_at: Option<Timestamp>,
        /// Time of completion.
        completed_at: Option<Timestamp>,
    }
    due: due_at;
    indexes {
        /// Limits a user to one erasure.
        by_user: Unique [user_id];
        /// Finds erasures that wait for a hold to be lifted.
        by_status: None [status];
    }
    personal {
        user_id: keep;
    }
}

/// Numbers of erased documents of a collection.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct ErasedDocuments {
    /// Documents removed.
    pub removed: usize,
    /// Documents redacted.
    pub wiped: usize,
    /// Documents retained by a legal hold at the last scan.
    #[serde(default)]
    pub held: usize,
}
