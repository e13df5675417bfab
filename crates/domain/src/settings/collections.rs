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

store::string_enum! {
    /// Users who can create an account.
    pub enum SignUpMode {
        /// No one; the tenant's server creates users.
        Closed = "closed",
        /// Anyone with an e-mail address.
        Open = "open",
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
        /// Whether users sign in with accounts of this server.
        sign_in: Option<bool>,
        /// Users who can create an account.
        sign_up: Option<SignUpMode>,
        /// Whether a sign-up with a verified address becomes the existing user with this address.
        sign_up_claims_users: Option<bool>,
        /// Whether clients may create guests.
        guests: Option<bool>,
    }
    watched: true;
    indexes {}
    personal: none("settings belong to the tenant");
}
