use base::{ExternalId, Timestamp};
use store::{Json, RawJson};

store::collection! {
    /// A person of a tenant who can take part in conversations.
    pub struct User: TenantData "users" {
        /// The tenant's own id.
        external_id: Option<ExternalId>,
        /// The e-mail address as it was given.
        email: Option<String>,
        /// The e-mail address in lower case, by which it is unique.
        email_key: Option<String>,
        /// What others see.
        name: Option<String>,
        /// A picture, by http or https.
        avatar_url: Option<String>,
        /// An object of the tenant's own.
        metadata: Option<RawJson>,
        /// Roles in the tenant; `admin`, `user` and `client` have a meaning here.
        roles: Json<Vec<String>>,
        /// Permissions, kept for the tenant.
        permissions: Json<Vec<String>>,
        /// Whether the user may do anything.
        is_active: bool,
        /// Tokens issued before this moment are refused.
        tokens_revoked_before: Option<Timestamp>,
        /// How often all tokens were revoked; tokens minted by the server carry it. Absent before the first time.
        token_generation: Option<i64>,
        /// When their erasure was asked for; nothing brings them back.
        erased_at: Option<Timestamp>,
        /// When the user was last connected.
        last_seen_at: Option<Timestamp>,
    }
    soft_delete: true;
    watched: true;
    indexes {
        /// Finds a user by the tenant's own id.
        by_external_id: UniqueWhenPresent [external_id];
        /// Keeps an address to one user.
        by_email: UniqueWhenPresent [email_key];
        /// Lists all, the oldest first.
        by_created: None [created_at];
    }
    personal {
        _id: purge;
    }
}
