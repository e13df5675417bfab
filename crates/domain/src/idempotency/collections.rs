use base::{Id, Timestamp};
use store::Json;

use crate::identity::User;

store::collection! {
    /// What became of a request that carried an idempotency key.
    pub struct IdempotencyKey: TenantData "idempotency_keys" {
        /// Who sent it: two callers may use the same key.
        principal: String,
        /// The user who sent it, when it was one.
        user_id: Option<Id<User>>,
        /// The key as it was sent.
        key: String,
        /// A keyed hash of method, path and body.
        fingerprint: String,
        /// The status it was answered with.
        status: i64,
        /// The ids of what it made, from which a repeat reads its answer.
        results: Json<Vec<Id<()>>>,
        /// When the key may be used again.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Keeps a key to one request.
        by_idempotency_key: Unique [principal, key];
        /// Finds a user's.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}
