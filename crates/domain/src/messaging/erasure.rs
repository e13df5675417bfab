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
use super::reaction::{ReactionChange, append_change};
use super::record::{append, erasure, settings};
use crate::actor::Actor;
use crate::holds::NoHold;
use crate::users::User;

/// Maximum attempts when other writers conflict.
const MAX_ATTEMPTS: usize = 5;

/// Ends up to `limit` memberships of a user, including those in direct conversations, each by a log
/// record. If the user is the last owner, another participant becomes owner first. No message of
/// the user can follow the record. Returns the number of memberships found.
pub(crate) async fn end_memberships(
    tenant: &TenantStore,
    user: Id<User>,
    limit: usize,
) -> Result<usize> {
    let query = Participant::by_user
        .eq(Participant::user_id, user)
        .eq(Participant::is_active, true);
    let members = tenant.list(query.limit(limit)).await?.items;
    for member in &members {
        end_membership(tenant, member).await?;
    }
    Ok(members.len())
}

async fn end_membership(tenant: &TenantStore, member: &Entity<Participant>) -> Result<()> {
    for _ in 0..MAX_ATTEMPTS {
        let access = match open_id(tenant, Actor::Server, member.conversation_id).await {
            Err(failure) if failure.code == ErrorCode::ConversationNotFound => {
                return close_membership(tenant, member).await;
            }
            access => access?,
        };
        // A concurrent request may have ended the membership or changed the role.
        let member = part_of(tenant, member.conversation_id, member.user_id).await?;
        let Some(member) = member.filter(|member| member.is_active) else {
            return Ok(());
        };
        match expel(tenant, &access, &member, Rule::Exist).await {
            Err(AppendError::Behind | AppendError::PreconditionFailed { .. }) => {}
            Err(error) if is_last_owner(&error) => {}
            Err(AppendError::Refused(failure))
                if failure.code == ErrorCode::ConversationNotFound =>
            {
                return close_membership(tenant, &member).await;
            }
            Ok(()) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
    }
    Err(AppendError::Behind.into())
}

/// Ends a membership in a deleted conversation, whose log accepts no more records.
async fn close_membership(tenant: &TenantStore, member: &Entity<Participant>) -> Result<()> {
    let mut batch = tenant.batch();
    batch.update(
        member.id,
        Update::of(Changes::new().set(Participant::is_active, false)),
    );
    Ok(tenant.commit(batch).await?)
}

/// Removes a reaction by a log record, so that the counts stay correct. Keeps it if a legal hold
/// was set concurrently.
pub(crate) async fn remove_reaction(
    tenant: &TenantStore,
    reaction: &Entity<Reaction>,
    no_hold: &NoHold,
) -> Result<()> {
    let Reaction {
        user_id: user,
        emoji,
        ..
    } = reaction.doc.clone();
    let change = ReactionChange {
        user,
        emoji,
        action: Action::Removed,
        present: Some(reaction.id),
        rule: Rule::Exist,
    };
    for _ in 0..MAX_ATTEMPTS {
        let (message, access) = match get(tenant, Actor::Server, reaction.message_id).await {
            Err(failure) if is_gone(failure.code) => {
                return remove_orphan(tenant, reaction, no_hold).await;
            }
            found => found?,
        };
        if message.deleted_at.is_some() {
            return remove_orphan(tenant, reaction, no_hold).await;
        }
        let no_hold_here = no_hold.clone();
        let add_writes = move |batch: &mut Batch<TenantData>| no_hold_here.assert_unchanged(batch);
        match append_change(tenant, &message, &access, change.clone(), add_writes).await {
            Err(AppendError::Behind) => {}
            Err(AppendError::Refused(failure)) if is_gone(failure.code) => {
                return remove_orphan(tenant, reaction, no_hold).await;
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
async fn remove_orphan(
    tenant: &TenantStore,
    reaction: &Entity<Reaction>,
    no_hold: &NoHold,
) -> Result<()> {
    let mut batch = tenant.batch();
    no_hold.assert_unchanged(&mut batch);
    batch.remove(reaction.id, false);
    match tenant.commit(batch).await {
        Ok(()) | Err(CommitError::PreconditionFailed { .. }) => Ok(()),
        Err(error) => Err(error.into()),
    }
}

/// Outcome of [`forget`].
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum ForgetOutcome {
    /// The membership was removed; the conversation has other members.
    Membership,
    /// A batch of this many records of a conversation without other members was removed; more may
    /// exist.
    Records(usize),
    /// A conversation without other members was removed, with this many remaining records.
    Conversation(usize),
    /// A precondition failed or another user joined; nothing was written. The caller reads again.
    Conflict,
}

/// Removes a former membership of a user. Appends a record that makes clients drop their cached
/// messages of the user. If no other user is or was a member, deletes the conversation, in bounded
/// batches. Every commit asserts `no_hold`. The last commit includes `on_last`.
pub(crate) async fn forget(
    tenant: &TenantStore,
    member: &Entity<Participant>,
    limit: usize,
    no_hold: &NoHold,
    on_last: impl Fn(&mut Batch<TenantData>),
) -> Result<ForgetOutcome> {
    // The head is read before the members, so that a later join has a higher sequence number.
    let seen = tenant
        .heads::<Message>(&[member.conversation_id])
        .await?
        .pop()
        .map_or(0, |head| head.seq);
    if !is_only_member(tenant, member).await? {
        return remove_membership(tenant, member, no_hold).await;
    }
    if !close_conversation(tenant, member, seen, no_hold).await? {
        return Ok(ForgetOutcome::Conflict);
    }
    purge_batch(tenant, member, limit, no_hold, on_last).await
}

/// Returns whether the user is the only current or former member. Former members can still read old
/// messages.
async fn is_only_member(tenant: &TenantStore, member: &Entity<Participant>) -> Result<bool> {
    let query =
        Participant::by_conversation.eq(Participant::conversation_id, member.conversation_id);
    let members = tenant.list(query.limit(2)).await?.items;
    Ok(members.iter().all(|other| other.user_id == member.user_id))
}

async fn remove_membership(
    tenant: &TenantStore,
    member: &Entity<Participant>,
    no_hold: &NoHold,
) -> Result<ForgetOutcome> {
    let conversation: Id<Conversation> = member.conversation_id;
    let id = member.id;
    for _ in 0..MAX_ATTEMPTS {
        let head = tenant.heads::<Message>(&[conversation]).await?.pop();
        let handle = tenant.clone();
        let no_hold = no_hold.clone();
        // Also appended to deleted conversations, whose messages clients cache as well.
        let guard = Guard::new(move |_| {
            let mut batch = handle.batch();
            no_hold.assert_unchanged(&mut batch);
            batch.remove(id, true);
            Ok(batch)
        });
        let seen = head.map_or(0, |head| head.seq);
        match append(tenant, erasure(conversation, member.user_id), seen, guard).await {
            Err(AppendError::Behind) => {}
            Err(AppendError::PreconditionFailed { .. }) => return Ok(ForgetOutcome::Conflict),
            Err(error) => return Err(error.into()),
            Ok(_) => return Ok(ForgetOutcome::Membership),
        }
    }
    Err(AppendError::Behind.into())
}

/// Removes up to `limit` documents of each child collection of a conversation without other
/// members. The last commit removes the conversation and includes `on_last`.
pub(super) async fn purge_batch(
    tenant: &TenantStore,
    member: &Entity<Participant>,
    limit: usize,
    no_hold: &NoHold,
    on_last: impl Fn(&mut Batch<TenantData>),
) -> Result<ForgetOutcome> {
    let conversation = member.conversation_id.object_id();
    let mut batch = tenant.batch();
    let mut last = true;
    let mut records = 0;
    no_hold.assert_unchanged(&mut batch);
    for members in ChildCollections::of::<Conversation>(&crate::catalogue()) {
        let name = members.declaration().name;
        // The membership identifies the conversation, so it is removed last.
        if name == Participant::DECLARATION.name {
            continue;
        }
        let found = tenant.count_parts(members, conversation, limit).await?;
        last &= found < limit;
        if name == Message::DECLARATION.name {
            records = found;
        }
        batch.remove_parts(members, conversation, limit);
    }
    if last {
        on_last(&mut batch);
        batch.remove(member.conversation_id, false);
        batch.remove(member.id, false);
    }
    match tenant.commit(batch).await {
        Ok(()) if last => Ok(ForgetOutcome::Conversation(records)),
        Ok(()) => Ok(ForgetOutcome::Records(records)),
        Err(CommitError::PreconditionFailed { .. }) => Ok(ForgetOutcome::Conflict),
        Err(error) => Err(error.into()),
    }
}

/// Deletes a conversation without other members, so that no user can join. Returns false if another
/// user has joined since the record `seen`.
pub(super) async fn close_conversation(
    tenant: &TenantStore,
    member: &Entity<Participant>,
    seen: i64,
    no_hold: &NoHold,
) -> Result<bool> {
    let id = member.conversation_id;
    let user = member.user_id;
    if tenant.get(id).await?.is_none() {
        return Ok(true);
    }
    let handle = tenant.clone();
    let no_hold = no_hold.clone();
    let guard = Guard::new(move |records: &mut dyn Iterator<Item = &Row>| {
        for row in records {
            if concerns_another(row, user) {
                return Err(Error::new(
                    ErrorCode::StateConflict,
                    "Another user has joined the conversation.",
                ));
            }
        }
        let mut batch = handle.batch();
        delete_in(&mut batch, id, None, &no_hold);
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
