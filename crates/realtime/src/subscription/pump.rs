//! Sends what is owed: from memory when it is there, else by one read for
//! all who wait, in however many conversations.

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
use crate::frame::{Frame, encode, records};

/// The pause before another try when the store could not answer.
const RETRY_DELAY: Duration = Duration::from_millis(250);

/// Runs until nobody is owed anything in feeds of one tenant: those that this
/// run has claimed, and those that it claims when their turn comes.
pub(super) async fn run(claimed: Vec<Arc<Subscription>>, mut waiting: VecDeque<Arc<Subscription>>) {
    let mut owed: Vec<Pending> = claimed.iter().filter_map(next).collect();
    loop {
        let mut wanted: usize = owed.iter().map(Pending::len).sum();
        while wanted < limit::RESUME_RECORDS
            && let Some(feed) = waiting.pop_front()
        {
            if let Some(more) = feed.claim().then(|| next(&feed)).flatten() {
                wanted = wanted.saturating_add(more.len());
                owed.push(more);
            }
        }
        if owed.is_empty() {
            return;
        }
        match load(&owed).await {
            Ok(loaded) if loaded.frames.is_empty() => tokio::time::sleep(RETRY_DELAY).await,
            Ok(loaded) => owed.iter().for_each(|owed| deliver(owed, &loaded)),
            Err(failure) => {
                tracing::warn!(error = %failure, "records could not be read for their followers");
                tokio::time::sleep(RETRY_DELAY).await;
            }
        }
        owed = owed.iter().filter_map(|owed| next(&owed.feed)).collect();
    }
}

/// The first records of a feed that are owed and not encoded yet.
struct Pending {
    feed: Arc<Subscription>,
    from: i64,
    to: i64,
    /// The records from there on as written here, if they are kept.
    rows: Vec<Arc<Row>>,
    /// How often something was deleted until then.
    deletions: u64,
}

impl Pending {
    fn len(&self) -> usize {
        usize::try_from(self.to.saturating_sub(self.from).saturating_add(1)).unwrap_or(0)
    }

    fn query(&self) -> Query<Message> {
        let log = Message::by_seq.eq(Message::conversation_id, self.feed.conversation);
        log.between(
            Message::seq,
            Bound::Included(self.from),
            Bound::Included(self.to),
        )
    }
}

/// Sends what memory has and says what it has not; `None` when nothing more is owed.
fn next(feed: &Arc<Subscription>) -> Option<Pending> {
    let mut state = feed.state.lock();
    send(feed, &mut state, &[]);
    state.subscribers.retain(|subscriber| !subscriber.is_done());
    let Some(from) = state.next_pending() else {
        state.pumping = false;
        return None;
    };
    let most = limit::signed(state.readable());
    let to = state.head.min(from.saturating_add(most.saturating_sub(1)));
    Some(Pending {
        feed: Arc::clone(feed),
        from,
        to,
        rows: state.rows_from(from),
        deletions: state.deletions,
    })
}

/// Records of conversations.
#[derive(Default)]
struct Loaded {
    /// Encoded, in order.
    frames: HashMap<Id<Conversation>, Vec<(i64, Frame)>>,
    /// Who left by which record. A hint says so too, but may be lost.
    departures: Vec<(Id<Conversation>, Id<User>, i64)>,
}

async fn load(owed: &[Pending]) -> Result<Loaded> {
    let Some(Pending { feed, .. }) = owed.first() else {
        return Ok(Loaded::default());
    };
    let typed =
        |row: &Arc<Row>| Entity::<Message>::from_row(Row::clone(row)).map_err(Error::internal);
    let mut messages = owed
        .iter()
        .flat_map(|owed| &owed.rows)
        .map(typed)
        .collect::<Result<Vec<_>>>()?;
    let mut queries = Vec::new();
    let mut most = 0;
    for owed in owed.iter().filter(|owed| owed.rows.is_empty()) {
        most = owed.len().saturating_add(most);
        queries.push(owed.query());
    }
    messages.extend(feed.tenant.list_each(queries, most).await?);
    messages.sort_unstable_by_key(|message| (message.conversation_id, message.seq));
    let mut loaded = Loaded {
        departures: messages.iter().filter_map(departure).collect(),
        ..Loaded::default()
    };
    for record in records(&feed.tenant, &feed.cards, messages).await? {
        let Record {
            conversation_id,
            seq,
            ..
        } = record;
        loaded
            .frames
            .entry(conversation_id)
            .or_default()
            .push((seq, encode(&ServerFrame::Event(Box::new(record)))));
    }
    Ok(loaded)
}

/// Who left by a record, if it says so.
fn departure(record: &Entity<Message>) -> Option<(Id<Conversation>, Id<User>, i64)> {
    let is_removal =
        record.kind == RecordKind::Participant && record.action == Some(Action::Removed);
    Some((
        record.conversation_id,
        record.user_id.filter(|_| is_removal)?,
        record.seq,
    ))
}

fn deliver(owed: &Pending, loaded: &Loaded) {
    let conversation = owed.feed.conversation;
    let Some(frames) = loaded.frames.get(&conversation) else {
        return;
    };
    let mut state = owed.feed.state.lock();
    for (_, user, seq) in loaded
        .departures
        .iter()
        .filter(|(of, ..)| *of == conversation)
    {
        state.limit(*user, *seq);
    }
    state.note_size(frames);
    if state.deletions == owed.deletions {
        state.keep(frames);
    }
    send(&owed.feed, &mut state, frames);
}

/// Sends every subscriber the records that follow its last one, as far as
/// `frames` and memory have them.
fn send(feed: &Arc<Subscription>, state: &mut State, frames: &[(i64, Frame)]) {
    let head = state.head;
    let mut subscribers = std::mem::take(&mut state.subscribers);
    for subscriber in &mut subscribers {
        while let Some(next) = subscriber.wants(head) {
            let frame = match lookup(state, frames, next) {
                _ if next < subscriber.visible_from => Some(hidden(feed, next)),
                found => found,
            };
            let Some(frame) = frame else { break };
            if subscriber.connection.outbox.push(frame).is_err() {
                subscriber.connection.stall(feed);
                // What was written before this was noted relieves nobody: then it is tried again.
                subscriber.stalled = !subscriber.connection.outbox.is_empty();
            } else {
                subscriber.sent = Some(next);
            }
        }
    }
    state.subscribers = subscribers;
}

fn lookup(state: &State, frames: &[(i64, Frame)], seq: i64) -> Option<Frame> {
    let first = frames.first().map(|(first, _)| *first);
    let loaded =
        first.and_then(|first| frames.get(usize::try_from(seq.saturating_sub(first)).ok()?));
    loaded
        .map(|(_, frame)| frame.clone())
        .or_else(|| state.frame(seq).cloned())
}

fn hidden(feed: &Subscription, seq: i64) -> Frame {
    encode(&ServerFrame::Event(Box::new(Record::hidden(
        feed.conversation,
        seq,
    ))))
}
