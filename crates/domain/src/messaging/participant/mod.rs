//! Who takes part in a conversation.

mod join;
mod owners;
mod remove;

pub use join::{add, join};
pub(super) use owners::is_last_owner;
pub use owners::{delete_user, hand_over, set_role};
pub(super) use remove::{expel, expel_with};
pub use remove::{leave, remove};

use base::{Direction, Error, ErrorCode, Id, IdOrExternalId, PageSize, Result, Timestamp, limit};
use serde_json::json;
use store::{
    AppendError, Batch, CountFilter, Entity, Page, Position, Row, TenantData, TenantStore,
};

use super::access::{membership, open};
use super::collections::{Conversation, ConversationType, Message, Participant, RecordKind, Role};
use crate::activities::{What, note};
use crate::actor::Actor;
use crate::users::User;

/// Times that a change is tried against others.
const TRIES: usize = 5;

fn not_found() -> Error {
    Error::new(
        ErrorCode::ParticipantNotFound,
        "There is no such participant.",
    )
}

/// Two users are what a direct conversation is.
pub(super) fn refuse_direct(conversation: &Conversation) -> Result<()> {
    if conversation.r#type == ConversationType::Direct {
        return Err(Error::new(
            ErrorCode::StateConflict,
            "A direct conversation has exactly its two users; begin a group instead.",
        ));
    }
    Ok(())
}

/// Fails if one of these records is about a user's part or ban, which was read
/// before: by [`look_again`] it is read again.
pub(super) fn require_unchanged(since: &[&Row], user: Id<User>) -> Result<()> {
    let concerns = |row: &&Row| {
        let kind = row.read(Message::kind);
        matches!(kind, Some(RecordKind::Participant | RecordKind::Ban))
            && row.read(Message::user_id) == Some(user)
    };
    if since.iter().any(concerns) {
        return Err(Error::new(
            ErrorCode::Unavailable,
            "Others are changing the same participant; try again shortly.",
        ));
    }
    Ok(())
}

/// What an append says whose guard found that something must be read again.
pub(super) fn look_again(error: AppendError) -> AppendError {
    match error {
        AppendError::Refused(failure) if failure.code == ErrorCode::Unavailable => {
            AppendError::Behind
        }
        error => error,
    }
}

pub(super) async fn part_of(
    tenant: &TenantStore,
    conversation: Id<Conversation>,
    user: Id<User>,
) -> Result<Option<Entity<Participant>>> {
    Ok(tenant.find(membership(conversation, user)).await?)
}

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

/// Who takes part in a conversation, for who takes part as well.
///
/// # Errors
/// 403 `not_a_participant`, 404 `conversation_not_found`.
pub async fn list(
    tenant: &TenantStore,
    actor: Actor,
    name: &IdOrExternalId<Conversation>,
    after: Option<Position>,
    direction: Direction,
    size: PageSize,
) -> Result<Page<Participant>> {
    let access = open(tenant, actor, name).await?;
    access.require_present()?;
    let query = Participant::by_conversation
        .eq(Participant::conversation_id, access.conversation.id)
        .eq(Participant::is_active, true);
    Ok(tenant
        .list(query.towards(direction).after(after).limit(size.get()))
        .await?)
}

/// Notes that a user began to take part.
pub fn note_joined(batch: &mut Batch<TenantData>, user: Id<User>, conversation: Id<Conversation>) {
    note(
        batch,
        Some(user),
        What::Joined,
        None,
        &json!({"conversation_id": conversation}),
    );
}

/// Whether each user may take part in one more conversation, by one statement.
///
/// # Errors
/// 422 `limit_reached` that names who may not.
pub(in crate::messaging) async fn check_quota(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<()> {
    let part = |user: &Id<User>| {
        Participant::by_user
            .eq(Participant::user_id, *user)
            .eq(Participant::is_active, true)
    };
    let spans = users.iter().map(part).collect();
    let counts = tenant
        .count_each(spans, limit::USER_CONVERSATIONS, CountFilter::default())
        .await?;
    match users
        .iter()
        .zip(counts)
        .find(|(_, count)| *count >= limit::USER_CONVERSATIONS)
    {
        None => Ok(()),
        Some((user, _)) => {
            let told = format!(
                "The user {user} takes part in {} conversations, which is the most.",
                limit::USER_CONVERSATIONS
            );
            Err(Error::new(ErrorCode::LimitReached, told))
        }
    }
}
