store::string_enum! {
    /// What a new member of a conversation sees of its past.
    pub enum History {
        /// All of it.
        Whole = "whole",
        /// What comes after joining.
        FromJoining = "from_joining",
    }
}

store::string_enum! {
    /// Which users see whether a user is online.
    pub enum PresenceVisibility {
        /// All users of the tenant.
        All = "all",
        /// Friends, and members of a conversation that both are in.
        SharedConversation = "shared_conversation",
        /// Friends only.
        Friends = "friends",
    }
}

store::collection! {
    /// A tenant's settings: one row, whose id is the tenant's.
    pub struct TenantSettings: TenantData "tenant_settings" {
        /// What new members see: `whole` or `from_joining`.
        history: History,
        /// Whether the first valid token for an unknown external id creates the user.
        create_users: bool,
        /// Whether users may give their conversations an `external_id`.
        users_set_external_ids: Option<bool>,
        /// Whether a user who brings others together is held to the blocks among them.
        block_checks_in_groups: Option<bool>,
        /// Whether users may change their own `metadata`.
        users_set_metadata: Option<bool>,
        /// Which users see whether a user is online.
        presence_visibility: Option<PresenceVisibility>,
    }
    watched: true;
    indexes {}
    personal: none("they are the tenant's");
}
