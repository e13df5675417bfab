use base::{ObjectId, Timestamp};

store::string_enum! {
    /// Subject of a retention rule.
    pub enum Subject {
        /// All data of the tenant.
        Tenant = "tenant",
        /// One conversation.
        Conversation = "conversation",
        /// One user.
        User = "user",
    }
}

store::collection! {
    /// Retention and legal hold of a tenant, conversation or user, whose id is the rule's id. Also
    /// stores the progress of the retention job.
    pub struct Rule: TenantData "retention_rules" {
        /// Subject of the rule.
        subject: Subject,
        /// Days after which messages are redacted; unlimited if absent.
        days: Option<i64>,
        /// Whether redaction and erasure are prohibited.
        legal_hold: bool,
        /// Sequence number of the last record that later rounds skip.
        wiped_to: i64,
        /// Position of the current round, if it has kept messages of users under a hold.
        looked_to: Option<i64>,
        /// Last conversation that the tenant's round has processed.
        after: Option<ObjectId>,
        /// Time of the next round; while leased, the end of the lease.
        due_at: Option<Timestamp>,
        /// Tenant's rule only: version of the tenant's legal holds; changes when any hold is set or
        /// lifted.
        holds: Option<ObjectId>,
        /// Tenant's rule only: the last write that depended on the current holds.
        heeded_by: Option<ObjectId>,
    }
    due: due_at;
    indexes {
        /// Finds the subjects of legal holds.
        by_hold: None [subject, legal_hold];
    }
    personal {
        _id: purge;
    }
}
