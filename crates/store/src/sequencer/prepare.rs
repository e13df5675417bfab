//! Prepares a batch: runs the guards and assigns the numbers.

use std::collections::VecDeque;
use std::sync::Arc;

use base::{Error, Timestamp, limit};

use super::log_ref::LogRef;
use super::queue::PendingAppend;
use super::tail::Tail;
use crate::batch::Write;
use crate::change_event::{ChangeEvent, watched};
use crate::collection::Row;
use crate::value::Value;

/// Decision about a record before the batch is written.
///
/// A rejection may depend on a record of the same batch, so it is sent only after the batch is
/// committed.
pub(super) enum Verdict {
    /// Appended as this row, with the change events of the writes in the same commit.
    Numbered(Arc<Row>, Vec<ChangeEvent>),
    /// Already in the log, from an attempt with unknown outcome.
    Landed,
    /// Rejected by its guard.
    Refused(Error),
    /// More records were written since its caller's read than are available, or the log does not
    /// reach it.
    Behind,
}

/// Record of a batch.
pub(super) struct Entry {
    pub(super) waiting: PendingAppend,
    pub(super) verdict: Verdict,
    /// Position of its first write among those of the batch; this write is the record itself.
    pub(super) first_write: usize,
}

/// Batch that is ready to be written.
#[derive(Default)]
pub(super) struct PreparedBatch {
    pub(super) entries: Vec<Entry>,
    pub(super) writes: Vec<Write>,
    /// Collection of each write, kept when the writes are taken.
    pub(super) collections: Vec<&'static str>,
    /// Records that must wait for the next batch.
    pub(super) left: VecDeque<PendingAppend>,
}

impl PreparedBatch {
    /// Returns the rows to append, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.entries.iter().filter_map(Entry::row)
    }

    /// Takes the writes out of the batch.
    pub(super) fn take_writes(&mut self) -> Vec<Write> {
        self.collections = self
            .writes
            .iter()
            .map(|write| write.declaration().name)
            .collect();
        std::mem::take(&mut self.writes)
    }

    /// Returns whether the taken writes are only records of the log.
    pub(super) fn only_records(&self) -> bool {
        self.collections.len() == self.rows().count()
    }

    /// Returns whether a write is a record itself, not a write that accompanies one.
    pub(super) fn is_record(&self, write: usize) -> bool {
        self.owner(write)
            .is_some_and(|owner| self.entries[owner].first_write == write)
    }

    /// Returns the entry that a write belongs to.
    pub(super) fn owner(&self, write: usize) -> Option<usize> {
        if write >= self.collections.len() {
            return None;
        }
        self.entries
            .iter()
            .rposition(|entry| entry.row().is_some() && entry.first_write <= write)
    }
}

impl Entry {
    /// Takes the sender's row, with the number and time of the appended row. The pending append
    /// keeps no values.
    pub(super) fn take_row(&mut self, log: &LogRef) -> Option<Row> {
        let row = self.row()?;
        let at = (log.seq_of(row)?, row.created_at);
        let waiting = &mut self.waiting.row;
        Some(numbered(
            log,
            Row {
                values: std::mem::take(&mut waiting.values),
                ..*waiting
            },
            at,
        ))
    }

    pub(super) fn row(&self) -> Option<&Arc<Row>> {
        match &self.verdict {
            Verdict::Numbered(row, _) => Some(row),
            Verdict::Landed | Verdict::Refused(_) | Verdict::Behind => None,
        }
    }
}

/// Decides about each waiting record and numbers those to append.
pub(super) fn assemble(
    log: &LogRef,
    waiting: VecDeque<PendingAppend>,
    tail: &Tail,
    head: (i64, Timestamp),
) -> PreparedBatch {
    let mut run = PreparedBatch::default();
    let (mut seq, mut time) = head;
    for candidate in waiting {
        if must_wait(&run, &candidate) {
            run.left.push_back(candidate);
            continue;
        }
        let first_write = run.writes.len();
        let verdict = match decide(&run, tail, &candidate) {
            Ok(guard_writes) => {
                (seq, time) = (seq + 1, time.max(candidate.row.created_at));
                number(
                    &mut run.writes,
                    log,
                    &candidate.row,
                    guard_writes,
                    (seq, time),
                )
            }
            Err(verdict) => verdict,
        };
        run.entries.push(Entry {
            waiting: candidate,
            verdict,
            first_write,
        });
    }
    run
}

/// Returns whether a record must wait for the next batch.
///
/// A retry of a record of this batch waits until that record is stored. So does every record behind
/// one that waits or behind a full batch.
fn must_wait(run: &PreparedBatch, candidate: &PendingAppend) -> bool {
    fail_point!(WriteOneByOne if !run.entries.is_empty() => return true);
    fail_point!(ForgetRetries => return !run.left.is_empty());
    let twin = |other: &Entry| {
        candidate.retry_key.is_some() && other.waiting.retry_key == candidate.retry_key
    };
    !run.left.is_empty()
        || run.writes.len() >= limit::BATCH_WRITES / 2
        || run.entries.iter().any(twin)
}

fn decide(
    run: &PreparedBatch,
    tail: &Tail,
    candidate: &PendingAppend,
) -> Result<Vec<Write>, Verdict> {
    fail_point!(AuthoriseBeforeQueueing => return super::bugs::check_without_tail(candidate));
    if candidate
        .seen
        .is_some_and(|seen| !tail.reaches(seen) || !tail.covers(seen))
    {
        return Err(Verdict::Behind);
    }
    if candidate.unclear && tail.holds(candidate.row.id) {
        return Err(Verdict::Landed);
    }
    let mut since = candidate
        .seen
        .into_iter()
        .flat_map(|seen| tail.since(seen))
        .chain(run.rows().map(Arc::as_ref));
    candidate.guard.check(&mut since).map_err(Verdict::Refused)
}

/// Adds the writes of a record with its number and time.
fn number(
    writes: &mut Vec<Write>,
    log: &LogRef,
    row: &Row,
    guard_writes: Vec<Write>,
    at: (i64, Timestamp),
) -> Verdict {
    let (seq, time) = at;
    let row = numbered(log, row.clone(), at);
    let guard_writes: Vec<_> = guard_writes
        .into_iter()
        .map(|write| assigned(write, seq, time))
        .collect();
    let row = Arc::new(row);
    let hints = watched(Some(log.tenant.id()), &guard_writes);
    writes.push(Write::Insert {
        declaration: log.declaration,
        row: Arc::clone(&row),
    });
    writes.extend(guard_writes);
    Verdict::Numbered(row, hints)
}

/// Returns the row with its number and time.
fn numbered(log: &LogRef, mut row: Row, (seq, time): (i64, Timestamp)) -> Row {
    (row.created_at, row.updated_at) = (time, time);
    if let Some(position) = log.declaration.position(log.decl.seq) {
        row.values[position] = Some(Value::AssignedSeq);
    }
    fill_in(&mut row.values, seq, time);
    fail_point!(ForgetRetries => super::bugs::remove_retry_key(log, &mut row));
    row
}

/// Replaces the placeholders in a write with the record's number and time.
fn assigned(mut write: Write, seq: i64, time: Timestamp) -> Write {
    match &mut write {
        Write::Insert { row, .. } | Write::Upsert { row, .. } => {
            fill_in(&mut Arc::make_mut(row).values, seq, time);
        }
        Write::Update { changes, .. } => changes
            .iter_mut()
            .for_each(|(_, value)| fill_in_one(value, seq, time)),
        Write::Increment { .. }
        | Write::Raise { .. }
        | Write::Remove { .. }
        | Write::RemoveRange { .. } => {}
    }
    write
}

fn fill_in(values: &mut [Option<Value>], seq: i64, time: Timestamp) {
    values
        .iter_mut()
        .for_each(|value| fill_in_one(value, seq, time));
}

fn fill_in_one(value: &mut Option<Value>, seq: i64, time: Timestamp) {
    match value {
        Some(Value::AssignedSeq) => *value = Some(Value::Int(seq)),
        Some(Value::AssignedTime) => *value = Some(Value::Time(time)),
        _ => {}
    }
}
