use std::collections::{HashSet, VecDeque};
use std::sync::Arc;

use base::{Id, limit};
use domain::messaging::{Message, RecordKind};
use domain::users::User;
use store::{Row, Value};

use super::Part;
use super::sent_receipts::SentReceipts;
use crate::connection::Connection;
use crate::few::make_room;
use crate::frame::Frame;

/// Frames and rows kept for those who are a little behind.
const KEPT: usize = 128;

/// Bytes of the frames kept, and of the rows; those of one are kept in any case.
const KEPT_BYTES: usize = 64 * 1024;

/// Records that are read together while their size is unknown.
const READ_FIRST: usize = 32;

/// Records that are read together at least.
const READ_LEAST: usize = 4;

/// One connection that follows the conversation.
pub(super) struct Subscriber {
    pub(super) connection: Arc<Connection>,
    /// The last record sent; `None` until the head was read.
    pub(super) sent: Option<i64>,
    /// The first record it may see; those before are hidden.
    pub(super) visible_from: i64,
    /// The record by which its user joined last.
    pub(super) joined: i64,
    /// The last record it may be sent at all.
    pub(super) until: Option<i64>,
    /// Whether its queue was full.
    pub(super) stalled: bool,
}

impl Subscriber {
    /// The next record it is owed, if any.
    pub(super) fn wants(&self, head: i64) -> Option<i64> {
        let next = self.sent?.saturating_add(1);
        let last = self.until.map_or(head, |until| until.min(head));
        (!self.stalled && next <= last).then_some(next)
    }

    /// Whether it was sent the last record it may be sent.
    pub(super) fn is_done(&self) -> bool {
        matches!((self.sent, self.until), (Some(sent), Some(until)) if sent >= until)
    }
}

/// Whether a record of this kind says that content is gone.
const fn wipes(kind: RecordKind) -> bool {
    matches!(
        kind,
        RecordKind::Deletion | RecordKind::Erasure | RecordKind::Expiry
    )
}

/// How many of the oldest entries exceed what is kept, by the sizes of all.
fn surplus(sizes: impl DoubleEndedIterator<Item = usize> + ExactSizeIterator) -> usize {
    let count = sizes.len();
    let mut bytes = 0_usize;
    let within = |size: &usize| {
        bytes = bytes.saturating_add(*size);
        bytes <= KEPT_BYTES
    };
    count.saturating_sub(sizes.rev().take_while(within).count().clamp(1, KEPT))
}

/// The bytes of a row's texts.
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
    /// The highest number heard of.
    pub(super) head: i64,
    /// By the numbers of their connections.
    pub(super) subscribers: Vec<Subscriber>,
    pub(super) pumping: bool,
    /// How many take part, once somebody asked.
    pub(super) participants: Option<i64>,
    pub(super) sent_receipts: SentReceipts,
    /// Rises when something was deleted: what was read before is not kept.
    pub(super) deletions: u64,
    /// The average size of the frames that were read last.
    frame_bytes: Option<usize>,
    /// The newest encoded records, without a hole.
    frames: VecDeque<(i64, Frame)>,
    /// The newest records as written here, without a hole, not encoded yet.
    rows: VecDeque<(i64, Arc<Row>)>,
}

impl State {
    pub(super) fn subscriber(&mut self, connection: u64) -> Option<&mut Subscriber> {
        let at = self.place_of(connection).ok()?;
        self.subscribers.get_mut(at)
    }

    /// Adds a connection, unless it is there.
    pub(super) fn add(&mut self, connection: &Arc<Connection>, part: Part) {
        if let Err(at) = self.place_of(connection.number) {
            let connection = Arc::clone(connection);
            let Part {
                visible_from,
                joined,
            } = part;
            make_room(&mut self.subscribers);
            let new = Subscriber {
                connection,
                sent: None,
                visible_from,
                joined,
                until: None,
                stalled: false,
            };
            self.subscribers.insert(at, new);
        }
    }

    /// Forgets a connection.
    pub(super) fn remove(&mut self, connection: u64) {
        if let Ok(at) = self.place_of(connection) {
            self.subscribers.remove(at);
        }
    }

    /// A user left by this record: ends what their connections follow, and
    /// returns those that are owed records until then, with the last one sent.
    /// One who came back since stays.
    pub(super) fn end(&mut self, user: Id<User>, seq: i64) -> Vec<(Arc<Connection>, i64)> {
        self.limit(user, seq);
        let leaves = |subscriber: &mut Subscriber| {
            subscriber.until == Some(seq)
                && subscriber.connection.user == user
                && subscriber.sent.is_some()
        };
        let ended = self.subscribers.extract_if(.., leaves);
        let owed = ended.filter_map(|subscriber| Some((subscriber.connection, subscriber.sent?)));
        owed.filter(|(_, sent)| *sent < seq).collect()
    }

    /// Sends a user's connections nothing behind the record by which they left.
    pub(super) fn limit(&mut self, user: Id<User>, seq: i64) {
        for subscriber in &mut self.subscribers {
            if subscriber.connection.user == user && subscriber.joined < seq {
                subscriber.until = Some(subscriber.until.map_or(seq, |until| until.min(seq)));
            }
        }
    }

    fn place_of(&self, connection: u64) -> Result<usize, usize> {
        self.subscribers
            .binary_search_by_key(&connection, |subscriber| subscriber.connection.number)
    }

    /// Sends a signal to the connections that follow and have a number beyond
    /// `beyond`, except those of the user `but`.
    pub(super) fn signal(&self, frame: &Frame, but: Option<Id<User>>, beyond: u64) {
        let all = self
            .subscribers
            .iter()
            .filter(|subscriber| subscriber.until.is_none());
        let all = all.filter(|subscriber| subscriber.connection.number > beyond);
        for subscriber in all.filter(|subscriber| Some(subscriber.connection.user) != but) {
            let _ = subscriber.connection.outbox.push(frame.clone());
        }
    }

    /// Sends a signal to everyone who follows, but the connections of some users.
    pub(super) fn signal_but(&self, frame: &Frame, but: &HashSet<Id<User>>) {
        let all = self
            .subscribers
            .iter()
            .filter(|subscriber| subscriber.until.is_none());
        for subscriber in all.filter(|subscriber| !but.contains(&subscriber.connection.user)) {
            let _ = subscriber.connection.outbox.push(frame.clone());
        }
    }

    /// Whether somebody is owed a record.
    pub(super) fn owes(&self) -> bool {
        self.subscribers
            .iter()
            .any(|subscriber| subscriber.wants(self.head).is_some() || subscriber.is_done())
    }

    /// The first record that somebody is owed.
    pub(super) fn next_pending(&self) -> Option<i64> {
        self.subscribers
            .iter()
            .filter_map(|subscriber| subscriber.wants(self.head))
            .min()
    }

    /// Takes in new records. Returns the last one that was heard of before.
    pub(super) fn hear(&mut self, head: i64, rows: &[Arc<Row>]) -> i64 {
        // What was deleted must not be shown from memory any more.
        if rows
            .iter()
            .any(|row| row.read(Message::kind).is_some_and(wipes))
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
        let surplus = surplus(self.rows.iter().map(|(_, row)| bytes_of(row)));
        self.rows.drain(..surplus);
        let known = self.head;
        self.head = known.max(head);
        known
    }

    /// How many records to read together: about as many as a connection may have unsent.
    pub(super) fn readable(&self) -> usize {
        self.frame_bytes.map_or(READ_FIRST, |bytes| {
            let fitting = limit::CONNECTION_QUEUE_BYTES
                .checked_div(bytes)
                .unwrap_or(limit::RANGE_RECORDS);
            fitting.clamp(READ_LEAST, limit::RANGE_RECORDS)
        })
    }

    /// Notes the size of frames that were read.
    pub(super) fn note_size(&mut self, frames: &[(i64, Frame)]) {
        let bytes: usize = frames.iter().map(|(_, frame)| frame.len()).sum();
        self.frame_bytes = bytes.checked_div(frames.len()).or(self.frame_bytes);
    }

    /// The kept rows from `seq` on, when they begin there or before.
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

    /// The kept frame of a record.
    pub(super) fn frame(&self, seq: i64) -> Option<&Frame> {
        let first = self.frames.front()?.0;
        let (at, frame) = self
            .frames
            .get(usize::try_from(seq.saturating_sub(first)).ok()?)?;
        (*at == seq).then_some(frame)
    }

    /// Keeps frames that were encoded; older ones than are kept already are dropped.
    pub(super) fn keep(&mut self, frames: &[(i64, Frame)]) {
        for (seq, frame) in frames {
            match self.frames.back() {
                Some((last, _)) if last.saturating_add(1) == *seq => {
                    self.frames.push_back((*seq, frame.clone()));
                }
                Some((last, _)) if *last >= *seq => {}
                _ => self.frames = VecDeque::from([(*seq, frame.clone())]),
            }
        }
        let surplus = surplus(self.frames.iter().map(|(_, frame)| frame.len()));
        self.frames.drain(..surplus);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_bounded_by_number_and_bytes() {
        assert_eq!(surplus(std::iter::repeat_n(10, KEPT + 3)), 3);
        assert_eq!(surplus(std::iter::repeat_n(KEPT_BYTES / 2, 5)), 3);
        assert_eq!(surplus(std::iter::once(KEPT_BYTES + 1)), 0);
        assert_eq!(surplus(std::iter::empty()), 0);
    }

    #[test]
    fn long_records_are_read_a_few_at_a_time() {
        let mut state = State::default();
        assert_eq!(state.readable(), READ_FIRST);
        state.note_size(&[(1, "x".repeat(limit::MESSAGE_BYTES).into())]);
        assert_eq!(state.readable(), READ_LEAST);
        state.note_size(&[(1, "x".into())]);
        assert_eq!(state.readable(), limit::RANGE_RECORDS);
    }
}
