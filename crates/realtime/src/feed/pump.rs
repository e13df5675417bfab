//! Sends what is owed: from memory when it is there, else by one read for
//! all who wait.

use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use base::{Failure, Result, limit};
use domain::messaging::Message;
use store::{Entity, Row};
use wire::Record;
use wire::frames::ServerFrame;

use super::Feed;
use super::state::State;
use crate::frame::{Frame, encode, records};

/// The pause before another try when the store could not answer.
const PAUSE: Duration = Duration::from_millis(250);

/// Runs until nobody is owed anything.
pub(super) async fn run(feed: Arc<Feed>) {
    while let Some(Owed { from, rows, deletions }) = next(&feed) {
        match load(&feed, from, rows).await {
            Ok(frames) if frames.is_empty() => tokio::time::sleep(PAUSE).await,
            Ok(frames) => deliver(&feed, &frames, deletions),
            Err(failure) => {
                tracing::warn!(error = %failure, "records could not be read for their followers");
                tokio::time::sleep(PAUSE).await;
            }
        }
    }
}

/// The first record that is owed and not encoded yet.
struct Owed {
    from: i64,
    /// The records from there on as written here, if they are kept.
    rows: Vec<Arc<Row>>,
    /// How often something was deleted until then.
    deletions: u64,
}

/// Sends what memory has and says what it has not; `None` when nothing more is owed.
fn next(feed: &Arc<Feed>) -> Option<Owed> {
    let mut state = feed.state.lock();
    send(feed, &mut state, &[]);
    state.subscribers.retain(|subscriber| !subscriber.is_done());
    let Some(from) = state.first_owed() else {
        state.pumping = false;
        return None;
    };
    Some(Owed { from, rows: state.rows_from(from), deletions: state.deletions })
}

async fn load(feed: &Feed, from: i64, rows: Vec<Arc<Row>>) -> Result<Vec<(i64, Frame)>> {
    let typed = |row: &Arc<Row>| Entity::<Message>::from_row(Row::clone(row)).map_err(Failure::internal);
    let messages = if rows.is_empty() {
        let query = Message::by_seq.eq(Message::conversation_id, feed.conversation);
        let query = query.between(Message::seq, Bound::Included(from), Bound::Unbounded).limit(limit::RANGE_RECORDS);
        feed.tenant.list(query).await?.items
    } else {
        rows.iter().map(typed).collect::<Result<_>>()?
    };
    let records = records(&feed.tenant, &feed.cards, feed.conversation, messages).await?;
    let frame = |record: Record| (record.seq, encode(&ServerFrame::Event(Box::new(record))));
    Ok(records.into_iter().map(frame).collect())
}

fn deliver(feed: &Arc<Feed>, frames: &[(i64, Frame)], deletions: u64) {
    let mut state = feed.state.lock();
    if state.deletions == deletions {
        state.keep(frames);
    }
    send(feed, &mut state, frames);
}

/// Sends every subscriber the records that follow its last one, as far as
/// `frames` and memory have them.
fn send(feed: &Arc<Feed>, state: &mut State, frames: &[(i64, Frame)]) {
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
                subscriber.stalled = true;
                subscriber.connection.stall(feed);
            } else {
                subscriber.sent = Some(next);
            }
        }
    }
    state.subscribers = subscribers;
}

fn lookup(state: &State, frames: &[(i64, Frame)], seq: i64) -> Option<Frame> {
    let first = frames.first().map(|(first, _)| *first);
    let loaded = first.and_then(|first| frames.get(usize::try_from(seq - first).ok()?));
    loaded.map(|(_, frame)| frame.clone()).or_else(|| state.frame(seq).cloned())
}

fn hidden(feed: &Feed, seq: i64) -> Frame {
    encode(&ServerFrame::Event(Box::new(Record::hidden(feed.conversation, seq))))
}
