use store::Json;

store::string_enum! {
    /// Part of a conversation's history that a new participant can read.
    pub enum History {
        /// The complete history.
        Whole = "whole",
        /// Messages sent after joining.
        FromJoining = "from_joining",
    }
}

store::string_enum! {
    /// Users that can see whether a user is online.
    pub enum PresenceVisibility {
        /// All users of the tenant.
        All = "all",
        /// Friends, and participants of a shared conversation.
        SharedConversation = "shared_conversation",
        /// Friends only.
        Friends = "friends",
    }
}

store::collection! {
    /// Settings of a tenant. There is one document, whose id is the tenant's.
    pub struct TenantSettings: TenantData "tenant_settings" {
        /// History visible to new participants: `whole` or `from_joining`.
        history: History,
        /// Whether the first valid token for an unknown external id creates the user.
        create_users: bool,
        /// Whether users may give their conversations an `external_id`.
        users_set_external_ids: Option<bool>,
        /// Whether blocks between added participants are enforced when a user adds others to a
        /// group.
        block_checks_in_groups: Option<bool>,
        /// Whether users may change their own `metadata`.
        users_set_metadata: Option<bool>,
        /// Users that can see whether a user is online.
        presence_visibility: Option<PresenceVisibility>,
        /// Whether messages may attach URLs in addition to uploaded files.
        attachment_urls: Option<bool>,
        /// Size of one uploaded file in bytes, at most.
        max_file_bytes: Option<i64>,
        /// Media types that may be uploaded; empty accepts all.
        allowed_file_types: Option<Json<Vec<String>>>,
        /// Media types that may not be uploaded.
        denied_file_types: Option<Json<Vec<String>>>,
    }
    watched: true;
    indexes {}
    personal: none("settings belong to the tenant");
}
