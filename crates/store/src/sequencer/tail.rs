use std::collections::VecDeque;
use std::sync::Arc;

use base::{ObjectId, Timestamp};

use crate::collection::Row;

/// Maximum number of newest records kept, so that guards rarely need a read.
const KEPT: usize = 256;

/// End of a log as this process knows it: the head and, without a gap, the newest records up to it.
#[derive(Debug, Default)]
pub(super) struct Tail {
    head: Option<(i64, Timestamp)>,
    rows: VecDeque<Arc<Row>>,
    /// Highest number announced; above the head it means that another writer has appended.
    heard: i64,
}

impl Tail {
    /// Returns the number and time of the head; `None` if it must be read first.
    pub(super) fn head(&self) -> Option<(i64, Timestamp)> {
        self.head.filter(|(seq, _)| *seq >= self.heard)
    }

    /// Sets the head as read from the store. Rows that do not end at it are dropped.
    pub(super) fn reload(&mut self, seq: i64, created_at: Timestamp) {
        if self.head.is_none_or(|(known, _)| known != seq) {
            self.rows.clear();
        }
        self.head = Some((seq, created_at));
        self.heard = seq;
    }

    /// Clears the head and the rows, so that the next batch reads the head again.
    pub(super) fn forget(&mut self) {
        self.head = None;
        self.rows.clear();
    }

    /// Sets the newest rows up to the head, as read from the store.
    pub(super) fn fill(&mut self, rows: Vec<Row>) {
        self.rows = rows.into_iter().map(Arc::new).collect();
    }

    /// Returns whether the log has the record of this number. A log that was removed does not, even
    /// if a caller has seen the record.
    pub(super) fn reaches(&self, seen: i64) -> bool {
        self.head.is_some_and(|(seq, _)| seq >= seen)
    }

    /// Returns whether every record after `seen` is available.
    pub(super) fn covers(&self, seen: i64) -> bool {
        self.head.is_some_and(|(seq, _)| {
            seq - seen <= i64::try_from(self.rows.len()).unwrap_or(i64::MAX)
        })
    }

    /// Returns the records after `seen`, oldest first. Complete only if [`Self::covers`] returns
    /// true.
    pub(super) fn since(&self, seen: i64) -> impl Iterator<Item = &Row> {
        let head = self.head.map_or(0, |(seq, _)| seq);
        let wanted = usize::try_from(head - seen).unwrap_or(0);
        self.rows
            .iter()
            .skip(self.rows.len().saturating_sub(wanted))
            .map(Arc::as_ref)
    }

    /// Returns whether a record is among those available.
    pub(super) fn holds(&self, id: ObjectId) -> bool {
        self.rows.iter().any(|row| row.id == id)
    }

    /// Adds records that were written after the head, by this process or by a node that announced
    /// them.
    pub(super) fn push(&mut self, seq: i64, rows: impl IntoIterator<Item = Arc<Row>>) {
        for row in rows {
            self.head = Some((seq, row.created_at));
            self.rows.push_back(row);
        }
        self.heard = self.heard.max(seq);
        self.rows.drain(..self.rows.len().saturating_sub(KEPT));
    }

    /// Handles records of another writer: adds them if they follow the head, otherwise only notes
    /// their number.
    pub(super) fn hear(&mut self, head: i64, rows: &[Arc<Row>]) {
        let known = self.head.map_or(0, |(seq, _)| seq);
        let follow =
            i64::try_from(rows.len()).is_ok_and(|count| count > 0 && known == head - count);
        if follow && self.head.is_some() {
            self.push(head, rows.iter().cloned());
        } else {
            self.heard = self.heard.max(head);
        }
    }

    /// Takes over the highest number that was announced to another tail while this one was in use.
    pub(super) fn hear_of(&mut self, other: &Self) {
        self.heard = self.heard.max(other.heard);
    }
}
