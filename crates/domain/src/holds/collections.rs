use base::{ObjectId, Timestamp};

store::string_enum! {
    /// What a retention rule is about.
    pub enum Subject {
        /// Everything of the tenant.
        Tenant = "tenant",
        /// One conversation.
        Conversation = "conversation",
        /// One user.
        User = "user",
    }
}

store::collection! {
    /// How long messages are kept and whether a legal hold keeps them: of a
    /// tenant, a conversation or a user, whose id is the rule's. Also how far
    /// the wiping of old messages has got.
    pub struct Rule: TenantData "retention_rules" {
        /// What it is about.
        subject: Subject,
        /// Days after which messages are wiped; none are when it is absent.
        days: Option<i64>,
        /// Whether nothing may be wiped or erased.
        legal_hold: bool,
        /// The last record of the conversation that needs no more looking at.
        wiped_to: i64,
        /// How far this round has got in the conversation, where it has left messages of held users behind.
        looked_to: Option<i64>,
        /// The last conversation that the tenant's round has done.
        after: Option<ObjectId>,
        /// When old messages are looked for next: the end of the lease while somebody does.
        due_at: Option<Timestamp>,
        /// Of the tenant's rule: another one whenever any hold of the tenant is set or lifted.
        holds: Option<ObjectId>,
        /// Of the tenant's rule: the last write that went by the holds as they were.
        heeded_by: Option<ObjectId>,
    }
    due: due_at;
    indexes {
        /// Finds what holds lie on.
        by_hold: None [subject, legal_hold];
    }
    personal {
        _id: purge;
    }
}
