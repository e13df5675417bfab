//! Participants of a conversation.

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

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

fn not_found() -> Error {
    Error::new(
        ErrorCode::ParticipantNotFound,
        "There is no such participant.",
    )
}

/// Rejects direct conversations, whose two users cannot change.
pub(super) fn require_not_direct(conversation: &Conversation) -> Result<()> {
    if conversation.r#type == ConversationType::Direct {
        return Err(Error::new(
            ErrorCode::StateConflict,
            "A direct conversation always has the same two users; create a group instead.",
        ));
    }
    Ok(())
}

/// Fails if one of these records concerns a user's membership or ban, which was read before.
/// [`retry_if_changed`] turns this error into a retry.
pub(super) fn require_unchanged(since: &[&Row], user: Id<User>) -> Result<()> {
    let concerns = |row: &&Row| {
        let kind = row.read(Message::kind);
        matches!(kind, Some(RecordKind::Participant | RecordKind::Ban))
            && row.read(Message::user_id) == Some(user)
    };
    if since.iter().any(concerns) {
        return Err(Error::new(
            ErrorCode::Unavailable,
            "Concurrent changes of the same participant; retry.",
        ));
    }
    Ok(())
}

/// Maps the error of a guard that requires a re-read to [`AppendError::Behind`].
pub(super) fn retry_if_changed(error: AppendError) -> AppendError {
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

/// A user's current membership in a conversation; consists of the fields that the index covers.
#[derive(Debug, Clone, Copy)]
pub struct Membership {
    /// The conversation.
    pub conversation_id: Id<Conversation>,
    /// Role of the user.
    pub role: Role,
    /// Sequence number of the first record they may read.
    pub visible_from: i64,
    /// Sequence number of the record of the last join.
    pub joined_seq: i64,
    /// Time of the last join.
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

/// Returns a user's current memberships by one index-only statement: a list of a thousand
/// conversations shows only twenty.
///
/// # Errors
/// When the store is unavailable.
pub async fn memberships(tenant: &TenantStore, user: Id<User>) -> Result<Vec<Membership>> {
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
    let member = |(conversation_id, role, visible_from, joined_seq, joined_at): (
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
    let mut members: Vec<Membership> = found.into_iter().map(member).collect();
    // A membership whose role changes concurrently may be read twice.
    members.sort_unstable_by_key(|member| member.conversation_id);
    members.dedup_by_key(|member| member.conversation_id);
    Ok(members)
}

/// Returns the participants of a conversation, for participants.
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

/// Records the activity of a user who has joined.
pub fn note_joined(batch: &mut Batch<TenantData>, user: Id<User>, conversation: Id<Conversation>) {
    note(
        batch,
        Some(user),
        What::Joined,
        None,
        &json!({"conversation_id": conversation}),
    );
}

/// Checks by one statement that each user may join one more conversation.
///
/// # Errors
/// 422 `limit_reached` that names the user.
pub(in crate::messaging) async fn check_quota(
    tenant: &TenantStore,
    users: &[Id<User>],
) -> Result<()> {
    let member = |user: &Id<User>| {
        Participant::by_user
            .eq(Participant::user_id, *user)
            .eq(Participant::is_active, true)
    };
    let spans = users.iter().map(member).collect();
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
            let message = format!(
                "Conversation limit of the user {user} reached ({}).",
                limit::USER_CONVERSATIONS
            );
            Err(Error::new(ErrorCode::LimitReached, message))
        }
    }
}
