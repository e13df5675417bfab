use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use base::{Id, limit};
use domain::messaging::{Message, RecordKind};
use domain::users::User;
use store::{Row, Value};

use super::Visibility;
use super::sent_receipts::SentReceipts;
use crate::connection::Connection;
use crate::frame::{Frame, RecordFrame};

/// Number of frames and rows cached for subscribers that are slightly behind.
const CACHED_FRAMES: usize = 128;

/// Bytes of cached frames, and of cached rows. The newest one is always cached.
const CACHE_BYTES: usize = 64 * 1024;

/// Number of records read together while their size is unknown.
const INITIAL_BATCH: usize = 32;

/// Smallest number of records read together.
const MIN_BATCH: usize = 4;

/// A subscribed connection.
pub(super) struct Subscriber {
    pub(super) connection: Arc<Connection>,
    /// Last record sent; `None` until the head was read.
    pub(super) sent: Option<i64>,
    /// First visible record; earlier ones are sent as hidden.
    pub(super) visible_from: i64,
    /// Record by which the user joined last.
    pub(super) joined: i64,
    /// Last record that may be sent.
    pub(super) until: Option<i64>,
    /// Whether the send queue was full.
    pub(super) blocked: bool,
}

impl Subscriber {
    /// Returns the next record to send.
    pub(super) fn next_pending(&self, head: i64) -> Option<i64> {
        let next = self.sent?.saturating_add(1);
        let last = self.until.map_or(head, |until| until.min(head));
        (!self.blocked && next <= last).then_some(next)
    }

    /// Returns whether the last permitted record was sent.
    pub(super) fn is_complete(&self) -> bool {
        matches!((self.sent, self.until), (Some(sent), Some(until)) if sent >= until)
    }
}

/// Returns whether a record of this kind removes content.
const fn removes_content(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::Deletion | RecordKind::Erasure | RecordKind::Expiry
    )
}

/// Returns how many of the oldest entries exceed the cache.
fn excess(sizes: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator) -> usize {
    let count = sizes.len();
    let mut bytes = 0_usize;
    let within = |size: &usize| {
        bytes = bytes.saturating_add(*size);
        bytes <= CACHE_BYTES
    };
    count.saturating_sub(
        sizes
            .rev()
            .take_while(within)
            .count()
            .clamp(1, CACHED_FRAMES),
    )
}

/// Returns the bytes of a row's texts.
fn bytes_of(row: &Row) -> usize {
    let texts = row.values.iter().flatten();
    let bytes = |value: &Value| match value {
        Value::Text(text) => text.len(),
        Value::Json(text) => text.len(),
        _ => 0,
    };
    texts.map(bytes).sum()
}

#[derive(Default)]
pub(super) struct State {
    /// Highest known sequence number.
    pub(super) head: i64,
    /// Sorted by connection ID.
    pub(super) subscribers: Vec<Subscriber>,
    pub(super) pumping: bool,
    /// Number of participants, if known.
    pub(super) participants: Option<i64>,
    pub(super) sent_receipts: SentReceipts,
    /// Number of deletions. Records read before the latest one are not cached.
    pub(super) deletions: u64,
    /// Average size of the frames read last.
    frame_bytes: Option<usize>,
    /// Newest encoded records, without gaps.
    frames: VecDeque<(i64, RecordFrame)>,
    /// Newest records written by this node, without gaps, not encoded yet.
    rows: VecDeque<(i64, Arc<Row>)>,
}

impl State {
    pub(super) fn subscriber(&mut self, connection: u64) -> Option<&mut Subscriber> {
        let at = self.index_of(connection).ok()?;
        self.subscribers.get_mut(at)
    }

    /// Adds a connection unless it is subscribed.
    pub(super) fn add(&mut self, connection: &Arc<Connection>, visibility: Visibility) {
        if let Err(at) = self.index_of(connection.id) {
            let connection = Arc::clone(connection);
            let Visibility {
                visible_from,
                joined,
            } = visibility;
            // Most conversations have few subscribers: no spare capacity for these.
            if self.subscribers.len() < 4 {
                self.subscribers.reserve_exact(1);
            }
            let new = Subscriber {
                connection,
                sent: None,
                visible_from,
                joined,
                until: None,
                blocked: false,
            };
            self.subscribers.insert(at, new);
        }
    }

    /// Removes a connection.
    pub(super) fn remove(&mut self, connection: u64) {
        if let Ok(at) = self.index_of(connection) {
            self.subscribers.remove(at);
        }
    }

    /// Ends the subscriptions of a user who left by this record. Returns the
    /// connections with pending records and their last record sent. A user who joined
    /// again keeps the subscription.
    pub(super) fn end(&mut self, user: Id<User>, seq: i64) -> Vec<(Arc<Connection>, i64)> {
        self.limit(user, seq);
        let has_left = |subscriber: &mut Subscriber| {
            subscriber.until == Some(seq)
                && subscriber.connection.user == user
                && subscriber.sent.is_some()
        };
        let ended = self.subscribers.extract_if(.., has_left);
        let pending =
            ended.filter_map(|subscriber| Some((subscriber.connection, subscriber.sent?)));
        pending.filter(|(_, sent)| *sent < seq).collect()
    }

    /// Limits a user's connections to the record of the user's removal.
    pub(super) fn limit(&mut self, user: Id<User>, seq: i64) {
        for subscriber in &mut self.subscribers {
            if subscriber.connection.user == user && subscriber.joined < seq {
                subscriber.until = Some(subscriber.until.map_or(seq, |until| until.min(seq)));
            }
        }
    }

    fn index_of(&self, connection: u64) -> Result<usize, usize> {
        self.subscribers
            .binary_search_by_key(&connection, |subscriber| subscriber.connection.id)
    }

    /// Sends a signal to subscribers with an ID above `above`, except those of the user
    /// `except`.
    pub(super) fn signal(&self, frame: &Frame, except: Option<Id<User>>, above: u64) {
        let all = self
            .subscribers
            .iter()
            .filter(|subscriber| subscriber.until.is_none());
        let all = all.filter(|subscriber| subscriber.connection.id > above);
        for subscriber in all.filter(|subscriber| Some(subscriber.connection.user) != except) {
            let _ = subscriber.connection.send_queue.push(frame.clone());
        }
    }

    /// Sends a signal to every subscriber except those of some users.
    pub(super) fn signal_except(&self, frame: &Frame, except: &HashSet<Id<User>>) {
        let all = self
            .subscribers
            .iter()
            .filter(|subscriber| subscriber.until.is_none());
        for subscriber in all.filter(|subscriber| !except.contains(&subscriber.connection.user)) {
            let _ = subscriber.connection.send_queue.push(frame.clone());
        }
    }

    /// Returns whether a subscriber has pending records.
    pub(super) fn has_pending(&self) -> bool {
        self.subscribers.iter().any(|subscriber| {
            subscriber.next_pending(self.head).is_some() || subscriber.is_complete()
        })
    }

    /// Returns the first pending record of all subscribers.
    pub(super) fn next_pending(&self) -> Option<i64> {
        self.subscribers
            .iter()
            .filter_map(|subscriber| subscriber.next_pending(self.head))
            .min()
    }

    /// Adds new records. Returns the previous head.
    pub(super) fn on_log_appended(&mut self, head: i64, rows: &[Arc<Row>]) -> i64 {
        // Deleted content must not be sent from memory.
        if rows
            .iter()
            .any(|row| row.read(Message::kind).is_some_and(removes_content))
        {
            self.deletions = self.deletions.wrapping_add(1);
            self.frames.clear();
            self.rows.clear();
        }
        if rows.is_empty()
            || rows
                .iter()
                .any(|row| row.read(Message::kind) == Some(RecordKind::Participant))
        {
            self.participants = None;
        }
        for row in rows {
            let Some(seq) = row.read(Message::seq) else {
                continue;
            };
            match self.rows.back() {
                Some((last, _)) if *last >= seq => continue,
                Some((last, _)) if last.saturating_add(1) != seq => self.rows.clear(),
                _ => {}
            }
            self.rows.push_back((seq, Arc::clone(row)));
        }
        let excess = excess(self.rows.iter().map(|(_, row)| bytes_of(row)));
        self.rows.drain(..excess);
        let known = self.head;
        self.head = known.max(head);
        known
    }

    /// Returns how many records to read together: about as many as a send queue may
    /// hold.
    pub(super) fn batch_size(&self) -> usize {
        self.frame_bytes.map_or(INITIAL_BATCH, |bytes| {
            let fitting = limit::CONNECTION_QUEUE_BYTES
                .checked_div(bytes)
                .unwrap_or(limit::RANGE_RECORDS);
            fitting.clamp(MIN_BATCH, limit::RANGE_RECORDS)
        })
    }

    /// Records the average size of loaded frames.
    pub(super) fn record_frame_size(&mut self, frames: &[(i64, RecordFrame)]) {
        let bytes: usize = frames.iter().map(|(_, frame)| frame.frame.len()).sum();
        self.frame_bytes = bytes.checked_div(frames.len()).or(self.frame_bytes);
    }

    /// Returns the cached rows from `seq` on; none if the cache starts later.
    pub(super) fn rows_from(&self, seq: i64) -> Vec<Arc<Row>> {
        let at = self
            .rows
            .front()
            .and_then(|(first, _)| usize::try_from(seq.saturating_sub(*first)).ok());
        let at = at.unwrap_or(usize::MAX).min(self.rows.len());
        self.rows
            .range(at..)
            .map(|(_, row)| Arc::clone(row))
            .collect()
    }

    /// Returns the cached frame of a record.
    pub(super) fn frame(&self, seq: i64) -> Option<&RecordFrame> {
        let first = self.frames.front()?.0;
        let (at, frame) = self
            .frames
            .get(usize::try_from(seq.saturating_sub(first)).ok()?)?;
        (*at == seq).then_some(frame)
    }

    /// Caches encoded frames. Frames older than the cache are dropped.
    pub(super) fn cache(&mut self, frames: &[(i64, RecordFrame)]) {
        for (seq, frame) in frames {
            match self.frames.back() {
                Some((last, _)) if last.saturating_add(1) == *seq => {
                    self.frames.push_back((*seq, frame.clone()));
                }
                Some((last, _)) if *last >= *seq => {}
                _ => self.frames = VecDeque::from([(*seq, frame.clone())]),
            }
        }
        let excess = excess(self.frames.iter().map(|(_, frame)| frame.frame.len()));
        self.frames.drain(..excess);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn frame(text: &str) -> RecordFrame {
        RecordFrame {
            frame: text.into(),
            hidden_from: None,
        }
    }

    #[test]
    fn cache_is_bounded_by_count_and_bytes() {
        assert_eq!(excess(std::iter::repeat_n(10, CACHED_FRAMES + 3)), 3);
        assert_eq!(excess(std::iter::repeat_n(CACHE_BYTES / 2, 5)), 3);
        assert_eq!(excess(std::iter::once(CACHE_BYTES + 1)), 0);
        assert_eq!(excess(std::iter::empty()), 0);
    }

    #[test]
    fn long_records_reduce_batch_size() {
        let mut state = State::default();
        assert_eq!(state.batch_size(), INITIAL_BATCH);
        state.record_frame_size(&[(1, frame(&"x".repeat(limit::MESSAGE_BYTES)))]);
        assert_eq!(state.batch_size(), MIN_BATCH);
        state.record_frame_size(&[(1, frame("x"))]);
        assert_eq!(state.batch_size(), limit::RANGE_RECORDS);
    }
}
