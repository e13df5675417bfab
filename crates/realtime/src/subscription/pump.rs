//! Sends pending records: from memory, otherwise with one read for all subscribers of
//! all conversations.

use std::collections::{HashMap, VecDeque};
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use base::{Error, Id, Result, limit};
use domain::messaging::{Action, Conversation, Message, RecordKind};
use domain::users::User;
use store::{Entity, Query, Row};
use wire::Record;
use wire::frames::ServerFrame;

use super::Subscription;
use super::state::State;
use crate::frame::{Frame, RecordFrame, encode, load_records};

/// Delay before the next attempt after a failed read.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// Runs until no records are pending in subscriptions of one tenant: the claimed ones,
/// and those it claims from `waiting`.
pub(super) async fn run(claimed: Vec<Arc<Subscription>>, mut waiting: VecDeque<Arc<Subscription>>) {
    let mut pending: Vec<Pending> = claimed.iter().filter_map(next).collect();
    loop {
        let mut wanted: usize = pending.iter().map(Pending::len).sum();
        while wanted < limit::RESUME_RECORDS
            && let Some(subscription) = waiting.pop_front()
        {
            if let Some(more) = subscription.claim().then(|| next(&subscription)).flatten() {
                wanted = wanted.saturating_add(more.len());
                pending.push(more);
            }
        }
        if pending.is_empty() {
            return;
        }
        match load(&pending).await {
            Ok(loaded) if loaded.frames.is_empty() => tokio::time::sleep(RETRY_DELAY).await,
            Ok(loaded) => pending.iter().for_each(|pending| deliver(pending, &loaded)),
            Err(failure) => {
                tracing::warn!(error = %failure, "failed to read records for subscribers");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
        pending = pending
            .iter()
            .filter_map(|pending| next(&pending.subscription))
            .collect();
    }
}

/// The first pending records of a subscription that are not encoded yet.
struct Pending {
    subscription: Arc<Subscription>,
    from: i64,
    to: i64,
    /// Cached rows from there on, as written by this node.
    rows: Vec<Arc<Row>>,
    /// Number of deletions at this time.
    deletions: u64,
}

impl Pending {
    fn len(&self) -> usize {
        usize::try_from(self.to.saturating_sub(self.from).saturating_add(1)).unwrap_or(0)
    }

    fn query(&self) -> Query<Message> {
        let log = Message::by_seq.eq(Message::conversation_id, self.subscription.conversation);
        log.between(
            Message::seq,
            Bound::Included(self.from),
            Bound::Included(self.to),
        )
    }
}

/// Sends cached frames and returns what must be loaded; `None` if nothing is pending.
fn next(subscription: &Arc<Subscription>) -> Option<Pending> {
    let mut state = subscription.state.lock();
    send(subscription, &mut state, &[]);
    state
        .subscribers
        .retain(|subscriber| !subscriber.is_complete());
    let Some(from) = state.next_pending() else {
        state.pumping = false;
        return None;
    };
    let max = limit::signed(state.batch_size());
    let to = state.head.min(from.saturating_add(max.saturating_sub(1)));
    Some(Pending {
        subscription: Arc::clone(subscription),
        from,
        to,
        rows: state.rows_from(from),
        deletions: state.deletions,
    })
}

/// Loaded records of several conversations.
#[derive(Default)]
struct Loaded {
    /// Encoded records, in order.
    frames: HashMap<Id<Conversation>, Vec<(i64, RecordFrame)>>,
    /// Removals of users. A change event reports them too, but may be lost.
    departures: Vec<(Id<Conversation>, Id<User>, i64)>,
}

async fn load(pending: &[Pending]) -> Result<Loaded> {
    let Some(Pending { subscription, .. }) = pending.first() else {
        return Ok(Loaded::default());
    };
    let parse =
        |row: &Arc<Row>| Entity::<Message>::from_row(Row::clone(row)).map_err(Error::internal);
    let mut messages = pending
        .iter()
        .flat_map(|pending| &pending.rows)
        .map(parse)
        .collect::<Result<Vec<_>>>()?;
    let mut queries = Vec::new();
    let mut max = 0;
    for pending in pending.iter().filter(|pending| pending.rows.is_empty()) {
        max = pending.len().saturating_add(max);
        queries.push(pending.query());
    }
    messages.extend(subscription.tenant.list_each(queries, max).await?);
    messages.sort_unstable_by_key(|message| (message.conversation_id, message.seq));
    let mut loaded = Loaded {
        departures: messages.iter().filter_map(departure).collect(),
        ..Loaded::default()
    };
    for record in load_records(&subscription.tenant, &subscription.user_cache, messages).await? {
        let Record {
            conversation_id,
            seq,
            hidden_from,
            ..
        } = record;
        let frame = encode(&ServerFrame::Event(Box::new(record)));
        loaded
            .frames
            .entry(conversation_id)
            .or_default()
            .push((seq, RecordFrame { frame, hidden_from }));
    }
    Ok(loaded)
}

/// Returns the removal that a record contains.
fn departure(record: &Entity<Message>) -> Option<(Id<Conversation>, Id<User>, i64)> {
    let is_removal =
        record.kind == RecordKind::Participant && record.action == Some(Action::Removed);
    Some((
        record.conversation_id,
        record.user_id.filter(|_| is_removal)?,
        record.seq,
    ))
}

fn deliver(pending: &Pending, loaded: &Loaded) {
    let conversation = pending.subscription.conversation;
    let Some(frames) = loaded.frames.get(&conversation) else {
        return;
    };
    let mut state = pending.subscription.state.lock();
    for (_, user, seq) in loaded
        .departures
        .iter()
        .filter(|(of, ..)| *of == conversation)
    {
        state.limit(*user, *seq);
    }
    state.record_frame_size(frames);
    if state.deletions == pending.deletions {
        state.cache(frames);
    }
    send(&pending.subscription, &mut state, frames);
}

/// Sends each subscriber its next records, as far as `frames` and the cache contain
/// them.
fn send(subscription: &Arc<Subscription>, state: &mut State, frames: &[(i64, RecordFrame)]) {
    let head = state.head;
    let mut subscribers = std::mem::take(&mut state.subscribers);
    for subscriber in &mut subscribers {
        while let Some(next) = subscriber.next_pending(head) {
            let frame = match lookup(state, frames, next) {
                _ if next < subscriber.visible_from => Some(hidden(subscription, next)),
                Some(found) if found.hidden_from == Some(subscriber.connection.user) => {
                    Some(hidden(subscription, next))
                }
                found => found.map(|found| found.frame),
            };
            let Some(frame) = frame else { break };
            if subscriber.connection.send_queue.push(frame).is_err() {
                subscriber.connection.add_blocked(subscription);
                // A write that completed before the subscription was recorded resumes
                // nothing, so try again.
                subscriber.blocked = !subscriber.connection.send_queue.is_empty();
            } else {
                subscriber.sent = Some(next);
            }
        }
    }
    state.subscribers = subscribers;
}

fn lookup(state: &State, frames: &[(i64, RecordFrame)], seq: i64) -> Option<RecordFrame> {
    let first = frames.first().map(|(first, _)| *first);
    let loaded =
        first.and_then(|first| frames.get(usize::try_from(seq.saturating_sub(first)).ok()?));
    loaded
        .map(|(_, frame)| frame.clone())
        .or_else(|| state.frame(seq).cloned())
}

fn hidden(subscription: &Subscription, seq: i64) -> Frame {
    encode(&ServerFrame::Event(Box::new(Record::hidden(
        subscription.conversation,
        seq,
    ))))
}
