use base::{Id, Timestamp};
use store::Json;

use crate::identity::User;

store::collection! {
    /// Result of a request with an idempotency key.
    pub struct IdempotencyKey: TenantData "idempotency_keys" {
        /// The caller; keys of different callers are independent.
        principal: String,
        /// The user who sent the request; absent for a server.
        user_id: Option<Id<User>>,
        /// The idempotency key.
        key: String,
        /// Keyed hash of method, path and body.
        fingerprint: String,
        /// HTTP status of the response.
        status: i64,
        /// Ids of the created objects, from which a repeat builds its response.
        results: Json<Vec<Id<()>>>,
        /// Time at which the key can be used again.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Limits a key to one request.
        by_idempotency_key: Unique [principal, key];
        /// Finds a user's keys.
        by_user: None [user_id];
    }
    personal {
        user_id: purge by by_user, exported: false;
    }
}
