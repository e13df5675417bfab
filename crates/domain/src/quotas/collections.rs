use base::Id;

use super::QuotaKind;
use crate::identity::User;

store::collection! {
    /// Number of items of one kind that a user has. Absent if there are none.
    pub struct Quota: TenantData "user_quotas" {
        /// Owner of the items.
        user_id: Id<User>,
        /// Kind of the items.
        counted: QuotaKind,
        /// Subdivision, such as an app; empty if the kind is counted per user.
        part: String,
        /// Number of items, at least one.
        count: i64,
    }
    shard_by: [user_id];
    indexes {
        /// Allows one count per kind and subdivision.
        by_counted: Unique [user_id, counted, part];
    }
    personal {
        user_id: purge by by_counted;
    }
}
