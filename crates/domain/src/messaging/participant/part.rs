use base::{Id, Result, Timestamp, limit};
use store::{Entity, TenantStore};

use crate::messaging::collections::{Conversation, Participant, Role};
use crate::users::User;

/// A part that a user takes in a conversation now: what the index of a user's
/// parts holds of it.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    /// The conversation.
    pub conversation_id: Id<Conversation>,
    /// What they may do.
    pub role: Role,
    /// The first record they may read.
    pub visible_from: i64,
    /// The record by which they joined last.
    pub joined_seq: i64,
    /// When they joined last.
    pub joined_at: Timestamp,
}

impl From<&Entity<Participant>> for Membership {
    fn from(participant: &Entity<Participant>) -> Self {
        Self {
            conversation_id: participant.conversation_id,
            role: participant.role,
            visible_from: participant.visible_from.get(),
            joined_seq: participant.joined_seq.get(),
            joined_at: participant.joined_at,
        }
    }
}

/// The parts that a user takes in conversations now, by one statement that
/// looks at keys alone: who lists a thousand conversations shows twenty.
///
/// # Errors
/// When the store cannot answer.
pub async fn parts(tenant: &TenantStore, user: Id<User>) -> Result<Vec<Membership>> {
    let query = Participant::by_user
        .eq(Participant::user_id, user)
        .eq(Participant::is_active, true);
    let fields = (
        Participant::conversation_id,
        Participant::role,
        Participant::visible_from,
        Participant::joined_seq,
        Participant::joined_at,
    );
    let found = tenant
        .covered(query, fields, limit::USER_CONVERSATIONS)
        .await?;
    let part = |(conversation_id, role, visible_from, joined_seq, joined_at): (
        _,
        _,
        store::Seq,
        store::Seq,
        _,
    )| Membership {
        conversation_id,
        role,
        visible_from: visible_from.get(),
        joined_seq: joined_seq.get(),
        joined_at,
    };
    let mut parts: Vec<Membership> = found.into_iter().map(part).collect();
    // A part whose role changes meanwhile may be told twice.
    parts.sort_unstable_by_key(|part| part.conversation_id);
    parts.dedup_by_key(|part| part.conversation_id);
    Ok(parts)
}
