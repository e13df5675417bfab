use std::collections::VecDeque;
use std::sync::Arc;

use base::{ObjectId, Timestamp};

use crate::collection::Row;

/// Records kept behind the head, so that guards rarely need a read.
const KEPT: usize = 256;

/// The end of a log as this process knows it: the head and, without a hole,
/// the newest records up to it.
#[derive(Debug, Default)]
pub(super) struct Tail {
    head: Option<(i64, Timestamp)>,
    rows: VecDeque<Arc<Row>>,
    /// The highest number heard of; above the head it means a rival wrote.
    heard: i64,
}

impl Tail {
    /// The head's number and time; `None` when it must be read first.
    pub(super) fn head(&self) -> Option<(i64, Timestamp)> {
        self.head.filter(|(seq, _)| *seq >= self.heard)
    }

    /// The head as read from the store. Rows that do not reach it are dropped.
    pub(super) fn reload(&mut self, seq: i64, created_at: Timestamp) {
        if self.head.is_none_or(|(known, _)| known != seq) {
            self.rows.clear();
        }
        self.head = Some((seq, created_at));
        self.heard = seq;
    }

    /// Forgets everything, so that the next run reads the head anew.
    pub(super) fn forget(&mut self) {
        self.head = None;
        self.rows.clear();
    }

    /// Takes in the newest rows up to the head, read from the store.
    pub(super) fn fill(&mut self, rows: Vec<Row>) {
        self.rows = rows.into_iter().map(Arc::new).collect();
    }

    /// Whether the log has the record of this number. One that is gone as a
    /// whole does not, whatever somebody saw of it.
    pub(super) fn reaches(&self, seen: i64) -> bool {
        self.head.is_some_and(|(seq, _)| seq >= seen)
    }

    /// Whether every record after `seen` is at hand.
    pub(super) fn covers(&self, seen: i64) -> bool {
        self.head.is_some_and(|(seq, _)| {
            seq - seen <= i64::try_from(self.rows.len()).unwrap_or(i64::MAX)
        })
    }

    /// The records after `seen`, oldest first. Only what [`Self::covers`] says is whole.
    pub(super) fn since(&self, seen: i64) -> impl Iterator<Item = &Row> {
        let head = self.head.map_or(0, |(seq, _)| seq);
        let wanted = usize::try_from(head - seen).unwrap_or(0);
        self.rows
            .iter()
            .skip(self.rows.len().saturating_sub(wanted))
            .map(Arc::as_ref)
    }

    /// Whether a record is among those at hand.
    pub(super) fn holds(&self, id: ObjectId) -> bool {
        self.rows.iter().any(|row| row.id == id)
    }

    /// Records were written behind the head, by us or by a node that told us.
    pub(super) fn push(&mut self, seq: i64, rows: impl IntoIterator<Item = Arc<Row>>) {
        for row in rows {
            self.head = Some((seq, row.created_at));
            self.rows.push_back(row);
        }
        self.heard = self.heard.max(seq);
        self.rows.drain(..self.rows.len().saturating_sub(KEPT));
    }

    /// A rival's records: taken in when they follow the head, else only noted.
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

    /// Takes over what another tail heard while this one was in use.
    pub(super) fn hear_of(&mut self, other: &Self) {
        self.heard = self.heard.max(other.heard);
    }
}
