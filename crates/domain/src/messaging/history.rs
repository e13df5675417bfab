//! Reads a conversation: the main timeline in both directions and around a message, and the log
//! after a record.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use base::{Direction, Id, IdOrExternalId, PageSize, Result, limit};
use store::{Entity, Query, TenantStore};

use super::access::{Access, membership, open};
use super::collections::{Conversation, Message, Participant, RecordKind};
use super::event::{LogEvent, events_as_of};
use super::message::not_found;
use super::past::PastView;
use crate::actor::Actor;
use crate::users::User;

/// A page of the main timeline.
#[derive(Debug, Clone)]
pub struct History {
    /// The messages, in the requested direction.
    pub messages: Vec<Entity<Message>>,
    /// Whether more messages follow in that direction.
    pub more: bool,
}

/// The messages around a message.
#[derive(Debug, Clone)]
pub struct Around {
    /// The messages, oldest first, including the requested one.
    pub messages: Vec<Entity<Message>>,
    /// Whether older messages exist.
    pub older: bool,
    /// Whether newer messages exist.
    pub newer: bool,
}

/// The message after which a page continues, with its sequence number.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    pub(super) id: Id<Message>,
    pub(super) seq: i64,
}

/// Returns a page of the main timeline after a message or from its end, and the sequence number of
/// that message.
pub(super) async fn page(
    tenant: &TenantStore,
    access: &Access,
    cursor: Option<Id<Message>>,
    direction: Direction,
    size: PageSize,
) -> Result<(History, Option<Cursor>)> {
    let behind = match cursor {
        Some(id) => Some(Cursor {
            id,
            seq: seq_of(tenant, access, id)
                .await?
                .ok_or_else(invalid_cursor)?,
        }),
        None => None,
    };
    let found = timeline(
        tenant,
        access,
        behind.map(|cursor| cursor.seq),
        direction,
        size.get(),
    )
    .await?;
    Ok((found, behind))
}

/// Returns the messages around one, about half of them older.
///
/// # Errors
/// 404 `conversation_not_found` or `message_not_found`, 403 `not_a_participant`.
pub async fn around(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    message: Id<Message>,
    size: PageSize,
) -> Result<Around> {
    let access = open(tenant, actor, conversation).await?;
    let seq = seq_of(tenant, &access, message)
        .await?
        .ok_or_else(not_found)?;
    let newer = size.get() / 2;
    let before = timeline(
        tenant,
        &access,
        Some(seq + 1),
        Direction::Backward,
        size.get() - newer,
    )
    .await?;
    let after = if newer == 0 {
        History {
            messages: Vec::new(),
            more: timeline(tenant, &access, Some(seq), Direction::Forward, 1)
                .await?
                .messages
                .len()
                == 1,
        }
    } else {
        timeline(tenant, &access, Some(seq), Direction::Forward, newer).await?
    };
    let messages = before
        .messages
        .into_iter()
        .rev()
        .chain(after.messages)
        .collect();
    Ok(Around {
        messages,
        older: before.more,
        newer: after.more,
    })
}

fn invalid_cursor() -> base::Error {
    let mut failure =
        base::Error::invalid("cursor", "not the id of a message of this conversation");
    failure.code = base::ErrorCode::InvalidCursor;
    failure
}

async fn seq_of(
    tenant: &TenantStore,
    access: &Access,
    message: Id<Message>,
) -> Result<Option<i64>> {
    let found = tenant.get(message).await?;
    let legal = |message: &Entity<Message>| {
        message.kind == RecordKind::Message
            && message.conversation_id == access.conversation.id
            && !access.is_hidden(message)
    };
    Ok(found
        .filter(legal)
        .map(|message| message.seq)
        .filter(|seq| access.may_read(*seq)))
}

pub(super) async fn timeline(
    tenant: &TenantStore,
    access: &Access,
    behind: Option<i64>,
    direction: Direction,
    size: usize,
) -> Result<History> {
    let (mut from, mut to) = access.readable()?;
    match (behind, direction) {
        (Some(seq), Direction::Forward) => from = Bound::Excluded(seq),
        (Some(seq), Direction::Backward) => to = Bound::Excluded(seq),
        (None, _) => {}
    }
    let query = Message::by_shown
        .eq(Message::conversation_id, access.conversation.id)
        .eq(Message::shown, true);
    let query = query
        .between(Message::seq, from, to)
        .towards(direction)
        .limit(size);
    let page = tenant.list(query).await?;
    let more = page.next.is_some();
    Ok(History {
        more,
        messages: page
            .items
            .into_iter()
            .map(|message| access.seen(message))
            .collect(),
    })
}

/// Records in the first read of a log range: as many of the longest messages as fill a range.
/// The size of the second read depends on their size in bytes.
const FIRST_READ_RECORDS: usize = limit::RANGE_BYTES.div_ceil(limit::MESSAGE_BYTES) + 1;

/// Returns records after `after` up to `to`, oldest first, and whether more follow. At most
/// [`limit::RANGE_RECORDS`] records and approximately [`limit::RANGE_BYTES`] bytes. Includes
/// records that the actor may not read, since the log has no gaps; the caller must show these as
/// hidden.
///
/// # Errors
/// 404 `conversation_not_found`, 403 `not_a_participant`.
pub async fn log_between(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    after: i64,
    to: Bound<i64>,
    size: PageSize,
) -> Result<(Access, Vec<Entity<Message>>, bool)> {
    let access = open(tenant, actor, conversation).await?;
    let to = match (access.readable()?.1, to) {
        (Bound::Included(last), Bound::Included(wanted)) => Bound::Included(last.min(wanted)),
        (Bound::Unbounded, wanted) => wanted,
        (last, _) => last,
    };
    let mut found: Vec<Entity<Message>> = Vec::new();
    let mut step = FIRST_READ_RECORDS.min(size.get());
    loop {
        let after = found.last().map_or(after, |last| last.seq);
        let page = tenant
            .list(records(access.conversation.id, Bound::Excluded(after), to).limit(step))
            .await?;
        let more = page.next.is_some();
        found.extend(page.items);
        step = remaining_records(&found, size);
        if !more || step == 0 {
            return Ok((access, found, more));
        }
    }
}

/// Approximate bytes of an attached file's ids, state and variants in a response.
const FILE_BYTES: usize = 1_024;

/// Returns the approximate size of a record in a response, in bytes.
fn bytes_of(record: &Message) -> usize {
    let content = record.content.as_ref().map_or(0, String::len);
    let metadata = record.metadata.as_ref().map_or(0, |json| json.0.len());
    let attachments = record.attachments.iter().flat_map(|list| &list.0);
    let attachments: usize = attachments
        .map(|file| {
            let text = |text: &Option<String>| text.as_ref().map_or(0, String::len);
            let details = file.file_id.map_or(0, |_| FILE_BYTES);
            text(&file.url) + text(&file.name) + text(&file.caption) + details
        })
        .sum();
    content + metadata + attachments
}

/// Returns how many more records fit into the range, estimated from those already read.
fn remaining_records(found: &[Entity<Message>], size: PageSize) -> usize {
    let bytes: usize = found.iter().map(|record| bytes_of(record)).sum();
    let each = (bytes / found.len().max(1)).max(1);
    let fitting = limit::RANGE_BYTES.saturating_sub(bytes).div_ceil(each);
    fitting.min(size.get().saturating_sub(found.len()))
}

/// A range of a log as an actor sees it.
#[derive(Debug)]
pub struct LogPart {
    /// The conversation.
    pub conversation_id: Id<Conversation>,
    /// The events, oldest first.
    pub events: Vec<LogEvent>,
    /// Whether more follow.
    pub more: bool,
}

/// Returns the events after `after` up to `to` as the actor sees them, at most
/// [`limit::RANGE_RECORDS`].
///
/// # Errors
/// 404 `conversation_not_found`, 403 `not_a_participant`.
pub async fn read_log(
    tenant: &TenantStore,
    actor: Actor,
    conversation: &IdOrExternalId<Conversation>,
    after: i64,
    to: Bound<i64>,
    size: PageSize,
) -> Result<LogPart> {
    let (access, records, more) = log_between(tenant, actor, conversation, after, to, size).await?;
    let events = events_as_of(tenant, records, access.past()).await?;
    let shown = events.into_iter().map(|event| {
        let is_hidden = event.hidden_from.is_some() && event.hidden_from == actor.user().ok();
        if access.may_read(event.seq) && !is_hidden {
            event
        } else {
            event.hidden()
        }
    });
    Ok(LogPart {
        conversation_id: access.conversation.id,
        events: shown.collect(),
        more,
    })
}

/// Returns the query for a range of a log.
pub(super) fn records(
    conversation: Id<Conversation>,
    from: Bound<i64>,
    to: Bound<i64>,
) -> Query<Message> {
    let log = Message::by_seq.eq(Message::conversation_id, conversation);
    log.between(Message::seq, from, to)
        .limit(limit::RANGE_RECORDS)
}

/// Returns the messages that a user sent in any conversation, oldest first if `direction` is
/// forward. For the tenant's server and the user. The user sees messages of conversations they left
/// as they were at that time.
///
/// # Errors
/// When the store is unavailable.
pub async fn sent_by(
    tenant: &TenantStore,
    actor: Actor,
    user: Id<User>,
    after: Option<store::Position>,
    direction: Direction,
    size: PageSize,
) -> Result<store::Page<Message>> {
    let query = Message::by_sender
        .eq(Message::sender_id, user)
        .eq(Message::kind, RecordKind::Message);
    let mut page = tenant
        .list(query.towards(direction).after(after).limit(size.get()))
        .await?;
    if actor != Actor::Server {
        let past_views = past_views(tenant, user, &page.items).await?;
        let seen = |message: Entity<Message>| match past_views.get(&message.conversation_id) {
            Some(past) => past.message(message),
            None => message,
        };
        page.items = page.items.into_iter().map(seen).collect();
    }
    Ok(page)
}

/// Returns the conversations of these messages that the user has left.
async fn past_views(
    tenant: &TenantStore,
    user: Id<User>,
    messages: &[Entity<Message>],
) -> Result<HashMap<Id<Conversation>, PastView>> {
    let conversations: HashSet<_> = messages
        .iter()
        .map(|message| message.conversation_id)
        .collect();
    let members = conversations
        .into_iter()
        .map(|conversation| membership(conversation, user))
        .collect();
    let members: Vec<Entity<Participant>> = tenant.list_each(members, messages.len()).await?;
    Ok(members
        .iter()
        .filter_map(|member| Some((member.conversation_id, PastView::of(member)?)))
        .collect())
}
