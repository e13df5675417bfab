//! Reading a conversation: the main timeline both ways and around a message,
//! and the log after a record.

use std::collections::{HashMap, HashSet};
use std::ops::Bound;

use base::{Direction, Id, Named, PageSize, Result, limit};
use store::{Entity, Query, Tenant};

use super::access::{Access, membership, open};
use super::collections::{Conversation, Message, Participant, RecordKind};
use super::event::{Told, events_as_of};
use super::message::not_found;
use super::past::Past;
use crate::actor::Actor;
use crate::users::User;

/// A part of the main timeline.
#[derive(Debug, Clone)]
pub struct History {
    /// The messages, in the direction asked for.
    pub messages: Vec<Entity<Message>>,
    /// Whether more follow in that direction.
    pub more: bool,
}

/// The messages around one.
#[derive(Debug, Clone)]
pub struct Around {
    /// The messages, oldest first, the one asked for among them.
    pub messages: Vec<Entity<Message>>,
    /// Whether older ones precede.
    pub older: bool,
    /// Whether newer ones follow.
    pub newer: bool,
}

/// A message that a page goes on behind, and where it stands.
#[derive(Debug, Clone, Copy)]
pub(super) struct Cursor {
    pub(super) id: Id<Message>,
    pub(super) seq: i64,
}

/// A page of the main timeline behind a message, or from its end, and where
/// that message stands.
pub(super) async fn page(
    tenant: &Tenant,
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

/// The messages around one, about half of them older.
///
/// # Errors
/// 404 `conversation_not_found` or `message_not_found`, 403 `not_a_participant`.
pub async fn around(
    tenant: &Tenant,
    actor: Actor,
    conversation: &Named<Conversation>,
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

fn invalid_cursor() -> base::Failure {
    let mut failure =
        base::Failure::invalid("cursor", "not the id of a message of this conversation");
    failure.code = base::Code::InvalidCursor;
    failure
}

async fn seq_of(tenant: &Tenant, access: &Access, message: Id<Message>) -> Result<Option<i64>> {
    let found = tenant.get(message).await?;
    let legal = |message: &Entity<Message>| {
        message.kind == RecordKind::Message && message.conversation_id == access.conversation.id
    };
    Ok(found
        .filter(legal)
        .map(|message| message.seq)
        .filter(|seq| access.may_read(*seq)))
}

pub(super) async fn timeline(
    tenant: &Tenant,
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

/// Records that are read first of a log: of the longest messages as many as
/// fill a range. How many more follow depends on their size.
const FIRST: usize = limit::RANGE_BYTES.div_ceil(limit::MESSAGE_BYTES) + 1;

/// Records after `after` and up to `to`, oldest first, at most
/// [`limit::RANGE_RECORDS`] and not many more bytes than
/// [`limit::RANGE_BYTES`], and whether more follow. What the actor may not
/// read is among them and must be shown as hidden, since a log has no holes.
///
/// # Errors
/// 404 `conversation_not_found`, 403 `not_a_participant`.
pub async fn log_between(
    tenant: &Tenant,
    actor: Actor,
    conversation: &Named<Conversation>,
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
    let mut step = FIRST.min(size.get());
    loop {
        let after = found.last().map_or(after, |last| last.seq);
        let page = tenant
            .list(records(access.conversation.id, Bound::Excluded(after), to).limit(step))
            .await?;
        let more = page.next.is_some();
        found.extend(page.items);
        step = further(&found, size);
        if !more || step == 0 {
            return Ok((access, found, more));
        }
    }
}

/// About as many bytes as a record takes in a response.
fn bytes_of(record: &Message) -> usize {
    let content = record.content.as_ref().map_or(0, String::len);
    let metadata = record.metadata.as_ref().map_or(0, |json| json.0.len());
    let attachments = record.attachments.iter().flat_map(|list| &list.0);
    let attachments: usize = attachments
        .map(|file| file.url.len() + file.name.as_ref().map_or(0, String::len))
        .sum();
    content + metadata + attachments
}

/// How many more records fit into a range, by the size of those that were read.
fn further(found: &[Entity<Message>], size: PageSize) -> usize {
    let bytes: usize = found.iter().map(|record| bytes_of(record)).sum();
    let each = (bytes / found.len().max(1)).max(1);
    let fitting = limit::RANGE_BYTES.saturating_sub(bytes).div_ceil(each);
    fitting.min(size.get().saturating_sub(found.len()))
}

/// A part of a log as an actor sees it.
#[derive(Debug)]
pub struct LogPart {
    /// The conversation.
    pub conversation_id: Id<Conversation>,
    /// What the records tell, oldest first.
    pub told: Vec<Told>,
    /// Whether more follow.
    pub more: bool,
}

/// What records after `after` and up to `to` tell the actor, at most
/// [`limit::RANGE_RECORDS`].
///
/// # Errors
/// 404 `conversation_not_found`, 403 `not_a_participant`.
pub async fn read_log(
    tenant: &Tenant,
    actor: Actor,
    conversation: &Named<Conversation>,
    after: i64,
    to: Bound<i64>,
    size: PageSize,
) -> Result<LogPart> {
    let (access, records, more) = log_between(tenant, actor, conversation, after, to, size).await?;
    let told = events_as_of(tenant, records, access.past()).await?;
    let told = told.into_iter().map(|told| {
        if access.may_read(told.seq) {
            told
        } else {
            told.hidden()
        }
    });
    Ok(LogPart {
        conversation_id: access.conversation.id,
        told: told.collect(),
        more,
    })
}

/// The question for records of a log.
pub(super) fn records(
    conversation: Id<Conversation>,
    from: Bound<i64>,
    to: Bound<i64>,
) -> Query<Message> {
    let log = Message::by_seq.eq(Message::conversation_id, conversation);
    log.between(Message::seq, from, to)
        .limit(limit::RANGE_RECORDS)
}

/// The messages that a user sent, in any conversation, oldest first when
/// `direction` is forward. For the tenant's server and the user alone, who
/// sees those of conversations that they left as of then.
///
/// # Errors
/// When the store cannot answer.
pub async fn sent_by(
    tenant: &Tenant,
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
        let pasts = pasts(tenant, user, &page.items).await?;
        let seen = |message: Entity<Message>| match pasts.get(&message.conversation_id) {
            Some(past) => past.message(message),
            None => message,
        };
        page.items = page.items.into_iter().map(seen).collect();
    }
    Ok(page)
}

/// The conversations of these messages in which a user does not take part any more.
async fn pasts(
    tenant: &Tenant,
    user: Id<User>,
    messages: &[Entity<Message>],
) -> Result<HashMap<Id<Conversation>, Past>> {
    let conversations: HashSet<_> = messages
        .iter()
        .map(|message| message.conversation_id)
        .collect();
    let parts = conversations
        .into_iter()
        .map(|conversation| membership(conversation, user))
        .collect();
    let parts: Vec<Entity<Participant>> = tenant.list_each(parts, messages.len()).await?;
    Ok(parts
        .iter()
        .filter_map(|part| Some((part.conversation_id, Past::of(part)?)))
        .collect())
}
