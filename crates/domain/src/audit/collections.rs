use store::JsonText;

store::collection! {
    /// An audit entry that has no number yet, written in the batch of its cause.
    pub struct AuditIntent: PlatformData "audit_intents" {
        /// The entry as JSON.
        entry: JsonText,
    }
    watched: true;
    indexes {
        /// Lists the entries in the order of their causes.
        by_created: None [created_at];
    }
    personal: none("it names operators only");
}

store::collection! {
    /// A numbered entry of the platform's audit log. Each one has the hash of the entry before.
    pub struct AuditRecord: PlatformData "platform_audit_logs" {
        /// Number of the entry, from 1 without gaps.
        seq: i64,
        /// Dotted name of the action.
        action: String,
        /// Id of the actor: an admin or an admin key.
        actor: Option<String>,
        /// Id of the object that was changed.
        target: Option<String>,
        /// Tenant whose data was changed.
        tenant: Option<String>,
        /// The complete entry as JSON; its bytes are hashed.
        entry: JsonText,
        /// Hash of the entry before, in hexadecimal; zeros for the first one.
        previous_hash: String,
        /// SHA-256 over the entry, its number and `previous_hash`, in hexadecimal.
        hash: String,
    }
    indexes {
        /// Lists the entries by number.
        by_seq: Unique [seq];
        /// Lists the entries of an action.
        by_action: None [action, seq];
        /// Lists the entries of an actor.
        by_actor: None [actor, seq];
        /// Lists the entries about an object.
        by_target: None [target, seq];
        /// Lists the entries about a tenant.
        by_tenant: None [tenant, seq];
    }
    personal: none("it names operators only");
}
