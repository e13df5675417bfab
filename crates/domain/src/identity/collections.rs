use base::{ExternalId, Timestamp};
use store::{Json, RawJson};

store::collection! {
    /// A user of a tenant, who can take part in conversations.
    pub struct User: TenantData "users" {
        /// The tenant's id of the user.
        external_id: Option<ExternalId>,
        /// E-mail address as given.
        email: Option<String>,
        /// Normalized e-mail address; unique.
        email_key: Option<String>,
        /// Time at which the user proved to own the address. Cleared when it changes.
        email_verified_at: Option<Timestamp>,
        /// Display name.
        name: Option<String>,
        /// URL of the avatar, http or https, or the path of an uploaded file.
        avatar_url: Option<String>,
        /// Object defined by the tenant.
        metadata: Option<RawJson>,
        /// Roles in the tenant; `admin`, `user` and `client` have a defined meaning.
        roles: Json<Vec<String>>,
        /// Permissions, stored for the tenant.
        permissions: Json<Vec<String>>,
        /// Whether the user may act.
        is_active: bool,
        /// Time before which issued tokens are revoked.
        tokens_revoked_before: Option<Timestamp>,
        /// Number of revocations of all tokens. Tokens minted by the server contain it. Absent
        /// before the first revocation.
        token_generation: Option<i64>,
        /// Number of deactivations, which end all sessions. Absent before the first one.
        session_generation: Option<i64>,
        /// Time of the erasure request; an erased user cannot be restored.
        erased_at: Option<Timestamp>,
        /// Time of the last connection.
        last_seen_at: Option<Timestamp>,
        /// Time of the last sign-in.
        last_login_at: Option<Timestamp>,
    }
    soft_delete: true;
    watched: true;
    indexes {
        /// Finds a user by external id.
        by_external_id: UniqueWhenPresent [external_id];
        /// Keeps e-mail addresses unique.
        by_email: UniqueWhenPresent [email_key];
        /// Lists all users, oldest first.
        by_created: None [created_at];
    }
    personal {
        _id: purge;
    }
}
