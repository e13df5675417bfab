//! Reactions: each kind at most once per user and message, counted in the message.

use std::collections::BTreeMap;

use base::{Error, ErrorCode, Id, Result, limit};
use store::{AppendError, Batch, Changes, Entity, Json, Row, Seq, TenantData, TenantStore, Update};

use super::access::Access;
use super::collections::{Action, ConversationType, Message, Reaction, RecordKind};
use super::emoji::{check_reaction, normalized};
use super::message::{get as get_message, not_found};
use super::permissions::Rule;
use super::record::{about, append};
use crate::actor::Actor;
use crate::relationships::{blocked_among, blocked_error};
use crate::users::User;

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Adds a reaction of the actor; no effect if it exists.
///
/// # Errors
/// 400 for an invalid reaction, 403 (including `user_blocked` for a block between the actor and the
/// sender), 404 `message_not_found`, 422 if the message has too many different reactions.
pub async fn react(
    tenant: &TenantStore,
    actor: Actor,
    message: Id<Message>,
    emoji: &str,
) -> Result<Entity<Message>> {
    let emoji = normalized(emoji);
    check_reaction(&emoji)?;
    change(tenant, actor, message, emoji, Action::Added).await
}

/// Removes a reaction of the actor.
///
/// # Errors
/// 400 for an invalid reaction, 403, 404 `message_not_found` or `reaction_not_found`.
pub async fn unreact(
    tenant: &TenantStore,
    actor: Actor,
    message: Id<Message>,
    emoji: &str,
) -> Result<Entity<Message>> {
    change(tenant, actor, message, normalized(emoji), Action::Removed).await
}

async fn change(
    tenant: &TenantStore,
    actor: Actor,
    id: Id<Message>,
    emoji: String,
    action: Action,
) -> Result<Entity<Message>> {
    for _ in 0..MAX_ATTEMPTS {
        let (message, access) = get_message(tenant, actor, id).await?;
        access.require(Rule::Post)?;
        let user = access.user()?;
        if message.deleted_at.is_some() {
            return Err(not_found());
        }
        if action == Action::Added {
            require_unblocked_sender(tenant, &access, &message).await?;
        }
        let present = tenant.find(own_one(&message, user, &emoji)).await?;
        match (action, &present) {
            (Action::Added, Some(_)) => return Ok(message),
            (Action::Removed, None) => {
                // An existing reaction can be removed even if it would no longer be valid today.
                check_reaction(&emoji)?;
                return Err(Error::new(
                    ErrorCode::ReactionNotFound,
                    "You have no such reaction.",
                ));
            }
            _ => {}
        }
        let emoji = emoji.clone();
        let present = present.map(|reaction| reaction.id);
        let rule = Rule::Post;
        let change = ReactionChange {
            user,
            emoji,
            action,
            present,
            rule,
        };
        match append_change(tenant, &message, &access, change, |_| ()).await {
            Err(
                AppendError::Conflict {
                    collection: "reactions",
                    ..
                }
                | AppendError::PreconditionFailed { .. }
                | AppendError::Behind,
            ) => {}
            Err(error) => return Err(error.into()),
            Ok(()) => return tenant.get(id).await?.ok_or_else(not_found),
        }
    }
    Err(AppendError::Behind.into())
}

/// Rejects reactions and replies if there is a block between the actor and the message's sender.
/// For direct conversations, the guard checks it.
pub(super) async fn require_unblocked_sender(
    tenant: &TenantStore,
    access: &Access,
    message: &Message,
) -> Result<()> {
    let user = access.user()?;
    let Some(sender) = message.sender_id.filter(|sender| *sender != user) else {
        return Ok(());
    };
    if access.conversation.r#type == ConversationType::Direct {
        return Ok(());
    }
    if blocked_among(tenant, user, &[sender]).await?.is_empty() {
        Ok(())
    } else {
        Err(blocked_error())
    }
}

/// A change of a reaction; `present` is the document to remove.
#[derive(Clone)]
pub(super) struct ReactionChange {
    pub(super) user: Id<User>,
    pub(super) emoji: String,
    pub(super) action: Action,
    pub(super) present: Option<Id<Reaction>>,
    /// The permission that the change requires.
    pub(super) rule: Rule,
}

/// Appends the change after the head that `access` has read, together with the writes of
/// `add_writes`.
pub(super) async fn append_change(
    tenant: &TenantStore,
    message: &Entity<Message>,
    access: &Access,
    change: ReactionChange,
    also: impl Fn(&mut Batch<TenantData>) + Send + Sync + 'static,
) -> Result<(), AppendError> {
    let record = Message {
        action: Some(change.action),
        emoji: Some(change.emoji.clone()),
        ..about(RecordKind::Reaction, Some(change.user), message)
    };
    let handle = tenant.clone();
    let message = message.clone();
    let guard = access.guard(change.rule, move |since| {
        let mut batch = reaction_batch(&handle, &message, &change, since)?;
        also(&mut batch);
        Ok(batch)
    });
    append(tenant, record, access.head, guard).await.map(drop)
}

/// Computes the counts at the head: those of the message as read, plus the changes of later
/// records.
fn reaction_batch(
    tenant: &TenantStore,
    message: &Entity<Message>,
    change: &ReactionChange,
    since: &[&Row],
) -> Result<Batch<TenantData>> {
    let mut counts = message
        .reactions
        .as_ref()
        .map(|reactions| reactions.0.clone())
        .unwrap_or_default();
    for row in since.iter().filter(|row| concerns(row, message)) {
        match (
            row.read(Message::kind),
            row.read(Message::emoji),
            row.read(Message::action),
        ) {
            (Some(RecordKind::Deletion), ..) => return Err(not_found()),
            (Some(RecordKind::Reaction), Some(emoji), Some(action)) => {
                apply(&mut counts, &emoji, action);
            }
            _ => {}
        }
    }
    apply(&mut counts, &change.emoji, change.action);
    if counts.len() > limit::REACTIONS_PER_MESSAGE {
        return Err(Error::new(
            ErrorCode::LimitReached,
            "The message has too many different reactions.",
        ));
    }
    let mut batch = tenant.batch();
    match change.present {
        Some(reaction) => batch.remove(reaction, true),
        None => drop(batch.insert(Reaction {
            conversation_id: message.conversation_id,
            message_id: message.id,
            user_id: change.user,
            emoji: change.emoji.clone(),
        })),
    }
    let counts = (!counts.is_empty()).then_some(Json(counts));
    let changes = Changes::new()
        .put(Message::reactions, counts)
        .set(Message::changed_seq, Seq::Assigned);
    batch.update(message.id, Update::of(changes).quietly());
    Ok(batch)
}

fn concerns(row: &Row, message: &Entity<Message>) -> bool {
    row.read(Message::object_id) == Some(message.id)
        && row.read(Message::seq) > Some(message.changed_seq.get())
}

fn apply(counts: &mut BTreeMap<String, i64>, emoji: &str, action: Action) {
    let count = counts.entry(emoji.to_owned()).or_default();
    *count += if action == Action::Removed { -1 } else { 1 };
    counts.retain(|_, count| *count > 0);
}

fn own_one(message: &Entity<Message>, user: Id<User>, emoji: &str) -> store::Query<Reaction> {
    Reaction::by_message
        .eq(Reaction::conversation_id, message.conversation_id)
        .eq(Reaction::message_id, message.id)
        .eq(Reaction::user_id, user)
        .eq(Reaction::emoji, emoji.to_owned())
}

/// Returns the user's own reactions to each of several messages by one statement. Uses no statement
/// if no message has reactions.
///
/// # Errors
/// When the store is unavailable.
pub async fn own(
    tenant: &TenantStore,
    user: Id<User>,
    messages: impl IntoIterator<Item = &Entity<Message>>,
) -> Result<BTreeMap<Id<Message>, Vec<String>>> {
    let counts = |message: &Entity<Message>| {
        message
            .reactions
            .as_ref()
            .is_some_and(|counts| !counts.0.is_empty())
    };
    // A tombstone has no counts.
    let reacted = |message: &&Entity<Message>| counts(message) || message.deleted_at.is_some();
    let messages = messages
        .into_iter()
        .filter(reacted)
        .map(|message| message.id);
    let query = Reaction::by_user
        .eq(Reaction::user_id, user)
        .one_of(Reaction::message_id, messages);
    let found = tenant
        .list(query.limit(limit::PAGE * limit::REACTIONS_PER_MESSAGE))
        .await?;
    let mut own: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for reaction in found.items {
        own.entry(reaction.message_id)
            .or_default()
            .push(reaction.doc.emoji);
    }
    Ok(own)
}
