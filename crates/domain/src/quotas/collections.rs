use base::Id;

use super::QuotaKind;
use crate::identity::User;

store::collection! {
    /// How many of one kind a user has. Where there is none, there is no document.
    pub struct Quota: TenantData "user_quotas" {
        /// Whose they are.
        user_id: Id<User>,
        /// What is counted.
        counted: QuotaKind,
        /// Where it is counted, such as in which app; empty for what is counted of the user as a whole.
        part: String,
        /// How many there are; at least one.
        count: i64,
    }
    shard_by: [user_id];
    indexes {
        /// Keeps each kind to one count.
        by_counted: Unique [user_id, counted, part];
    }
    personal {
        user_id: purge by by_counted;
    }
}
