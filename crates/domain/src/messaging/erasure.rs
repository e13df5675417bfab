//! Steps of a user's erasure that concern conversations: memberships end by log records, reaction
//! counts stay correct, and conversations without other members are deleted.

use base::{Error, ErrorCode, Id, Result};
use store::{
    AppendError, Batch, Changes, ChildCollections, Collection, CommitError, Entity, Guard, Row,
    TenantData, TenantStore, Update,
};

use super::access::open_id;
use super::collections::{Action, Conversation, Message, Participant, Reaction, RecordKind};
use super::conversation::delete_in;
use super::message::get;
use super::participant::{expel, is_last_owner, part_of};
use super::permissions::Rule;
use super::reaction::{Changing, attempt};
use super::record::{append, erasure, settings};
use crate::actor::Actor;
use crate::holds::Unheld;
use crate::users::User;

/// Maximum attempts when other writers conflict.
const TRIES: usize = 5;

/// Ends up to `limit` memberships of a user, including those in direct conversations, each by a log
/// record. If the user is the last owner, another participant becomes owner first. No message of
/// the user can follow the record. Returns the number of memberships found.
pub(crate) async fn depart_some(
    tenant: &TenantStore,
    user: Id<User>,
    limit: usize,
) -> Result<usize> {
    let query = Participant::by_user
        .eq(Participant::user_id, user)
        .eq(Participant::is_active, true);
    let parts = tenant.list(query.limit(limit)).await?.items;
    for part in &parts {
        depart(tenant, part).await?;
    }
    Ok(parts.len())
}

async fn depart(tenant: &TenantStore, part: &Entity<Participant>) -> Result<()> {
    for _ in 0..TRIES {
        let access = match open_id(tenant, Actor::Server, part.conversation_id).await {
            Err(failure) if failure.code == ErrorCode::ConversationNotFound => {
                return close_membership(tenant, part).await;
            }
            access => access?,
        };
        // A concurrent request may have ended the membership or changed the role.
        let part = part_of(tenant, part.conversation_id, part.user_id).await?;
        let Some(part) = part.filter(|part| part.is_active) else {
            return Ok(());
        };
        match expel(tenant, &access, &part, Rule::Exist).await {
            Err(AppendError::Behind | AppendError::PreconditionFailed { .. }) => {}
            Err(error) if is_last_owner(&error) => {}
            Err(AppendError::Refused(failure))
                if failure.code == ErrorCode::ConversationNotFound =>
            {
                return close_membership(tenant, &part).await;
            }
            Ok(()) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Ends a membership in a deleted conversation, whose log accepts no more records.
async fn close_membership(tenant: &TenantStore, part: &Entity<Participant>) -> Result<()> {
    let mut batch = tenant.batch();
    batch.update(
        part.id,
        Update::of(Changes::new().set(Participant::is_active, false)),
    );
    Ok(tenant.commit(batch).await?)
}

/// Removes a reaction by a log record, so that the counts stay correct. Keeps it if a legal hold
/// was set concurrently.
pub(crate) async fn withdraw(
    tenant: &TenantStore,
    reaction: &Entity<Reaction>,
    unheld: &Unheld,
) -> Result<()> {
    let Reaction {
        user_id: user,
        emoji,
        ..
    } = reaction.doc.clone();
    let changing = Changing {
        user,
        emoji,
        action: Action::Removed,
        present: Some(reaction.id),
        rule: Rule::Exist,
    };
    for _ in 0..TRIES {
        let (message, access) = match get(tenant, Actor::Server, reaction.message_id).await {
            Err(failure) if is_gone(failure.code) => {
                return drop_row(tenant, reaction, unheld).await;
            }
            found => found?,
        };
        if message.deleted_at.is_some() {
            return drop_row(tenant, reaction, unheld).await;
        }
        let unheld_here = unheld.clone();
        let beside = move |batch: &mut Batch<TenantData>| unheld_here.heed(batch);
        match attempt(tenant, &message, &access, changing.clone(), beside).await {
            Err(AppendError::Behind) => {}
            Err(AppendError::Refused(failure)) if is_gone(failure.code) => {
                return drop_row(tenant, reaction, unheld).await;
            }
            // Removed concurrently, or to be read again by the next step.
            Ok(()) | Err(AppendError::PreconditionFailed { .. }) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

const fn is_gone(code: ErrorCode) -> bool {
    matches!(
        code,
        ErrorCode::MessageNotFound | ErrorCode::ConversationNotFound
    )
}

/// Removes a reaction of a deleted message, which has no counts.
async fn drop_row(
    tenant: &TenantStore,
    reaction: &Entity<Reaction>,
    unheld: &Unheld,
) -> Result<()> {
    let mut batch = tenant.batch();
    unheld.heed(&mut batch);
    batch.remove(reaction.id, false);
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Outcome of [`forget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Forgotten {
    /// The membership was removed; the conversation has other members.
    Membership,
    /// A batch of this many records of a conversation without other members was removed; more may
    /// exist.
    Records(usize),
    /// A conversation without other members was removed, with this many remaining records.
    Conversation(usize),
    /// A precondition failed or another user joined; nothing was written. The caller reads again.
    LookAgain,
}

/// Removes a former membership of a user. Appends a record that makes clients drop their cached
/// messages of the user. If no other user is or was a member, deletes the conversation, in bounded
/// batches. Every commit asserts `no_hold`. The last commit includes `on_last`.
pub(crate) async fn forget(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    limit: usize,
    unheld: &Unheld,
    at_last: impl Fn(&mut Batch<TenantData>),
) -> Result<Forgotten> {
    // The head is read before the members, so that a later join has a higher sequence number.
    let seen = tenant
        .heads::<Message>(&[part.conversation_id])
        .await?
        .pop()
        .map_or(0, |head| head.seq);
    if !alone(tenant, part).await? {
        return leave_a_record(tenant, part, unheld).await;
    }
    if !close_conversation(tenant, part, seen, unheld).await? {
        return Ok(Forgotten::LookAgain);
    }
    purge_some(tenant, part, limit, unheld, at_last).await
}

/// Returns whether the user is the only current or former member. Former members can still read old
/// messages.
async fn alone(tenant: &TenantStore, part: &Entity<Participant>) -> Result<bool> {
    let query = Participant::by_conversation.eq(Participant::conversation_id, part.conversation_id);
    let parts = tenant.list(query.limit(2)).await?.items;
    Ok(parts.iter().all(|other| other.user_id == part.user_id))
}

async fn leave_a_record(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    unheld: &Unheld,
) -> Result<Forgotten> {
    let conversation: Id<Conversation> = part.conversation_id;
    let id = part.id;
    for _ in 0..TRIES {
        let head = tenant.heads::<Message>(&[conversation]).await?.pop();
        let handle = tenant.clone();
        let unheld = unheld.clone();
        // Also appended to deleted conversations, whose messages clients cache as well.
        let guard = Guard::new(move |_| {
            let mut batch = handle.batch();
            unheld.heed(&mut batch);
            batch.remove(id, true);
            Ok(batch)
        });
        let seen = head.map_or(0, |head| head.seq);
        match append(tenant, erasure(conversation, part.user_id), seen, guard).await {
            Err(AppendError::Behind) => {}
            Err(AppendError::PreconditionFailed { .. }) => return Ok(Forgotten::LookAgain),
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(Forgotten::Membership),
        }
    }
    Err(AppendError::Behind.into())
}

/// Removes up to `limit` documents of each child collection of a conversation without other
/// members. The last commit removes the conversation and includes `on_last`.
pub(super) async fn purge_some(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    limit: usize,
    unheld: &Unheld,
    at_last: impl Fn(&mut Batch<TenantData>),
) -> Result<Forgotten> {
    let conversation = part.conversation_id.object_id();
    let mut batch = tenant.batch();
    let mut last = true;
    let mut records = 0;
    unheld.heed(&mut batch);
    for parts in ChildCollections::of::<Conversation>(&crate::catalogue()) {
        let name = parts.declaration().name;
        // The membership identifies the conversation, so it is removed last.
        if name == Participant::DECLARATION.name {
            continue;
        }
        let found = tenant.count_parts(parts, conversation, limit).await?;
        last &= found < limit;
        if name == Message::DECLARATION.name {
            records = found;
        }
        batch.remove_parts(parts, conversation, limit);
    }
    if last {
        at_last(&mut batch);
        batch.remove(part.conversation_id, false);
        batch.remove(part.id, false);
    }
    match tenant.commit(batch).await {
        Ok(()) if last => Ok(Forgotten::Conversation(records)),
        Ok(()) => Ok(Forgotten::Records(records)),
        Err(CommitError::PreconditionFailed { .. }) => Ok(Forgotten::LookAgain),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a conversation without other members, so that no user can join. Returns false if another
/// user has joined since the record `seen`.
pub(super) async fn close_conversation(
    tenant: &TenantStore,
    part: &Entity<Participant>,
    seen: i64,
    unheld: &Unheld,
) -> Result<bool> {
    let id = part.conversation_id;
    let user = part.user_id;
    if tenant.get(id).await?.is_none() {
        return Ok(true);
    }
    let handle = tenant.clone();
    let unheld = unheld.clone();
    let guard = Guard::new(move |records: &mut dyn Iterator<Item = &Row>| {
        for row in records {
            if concerns_another(row, user) {
                return Err(Error::new(
                    ErrorCode::StateConflict,
                    "Somebody else takes part by now.",
                ));
            }
        }
        let mut batch = handle.batch();
        delete_in(&mut batch, id, None, &unheld);
        Ok(batch)
    });
    match append(tenant, settings(id, None, Action::Removed), seen, guard).await {
        Ok(_) => Ok(true),
        // Another user joined, a hold was set, or the log is long: the caller reads again.
        Err(
            AppendError::Refused(_) | AppendError::PreconditionFailed { .. } | AppendError::Behind,
        ) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn concerns_another(row: &Row, user: Id<User>) -> bool {
    row.read(Message::kind) == Some(RecordKind::Participant)
        && row.read(Message::user_id) != Some(user)
}
