//! Builds a run: asks the guards, gives the numbers.

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

/// What is decided of a record before the run is written. A refusal may rest
/// on a record of the same run, so it is told only once the run stands.
pub(super) enum Verdict {
    /// It goes in as this row, and this is told of the writes beside it.
    Numbered(Arc<Row>, Vec<ChangeEvent>),
    /// It is in the log already, from a try whose outcome was unclear.
    Landed,
    /// Its guard refuses.
    Refused(Error),
    /// More was written since its guard looked than is shown.
    Behind,
}

/// A record of a run.
pub(super) struct Entry {
    pub(super) waiting: PendingAppend,
    pub(super) verdict: Verdict,
    /// Where its writes begin among the run's, the record itself first.
    pub(super) first_write: usize,
}

/// A run ready to be written.
#[derive(Default)]
pub(super) struct PreparedBatch {
    pub(super) entries: Vec<Entry>,
    pub(super) writes: Vec<Write>,
    /// Each write's collection, kept when the writes are handed over.
    pub(super) collections: Vec<&'static str>,
    /// What must wait for the next run.
    pub(super) left: VecDeque<PendingAppend>,
}

impl PreparedBatch {
    /// The rows that go in, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.entries.iter().filter_map(Entry::row)
    }

    /// Hands the writes over.
    pub(super) fn take_writes(&mut self) -> Vec<Write> {
        self.collections = self
            .writes
            .iter()
            .map(|write| write.declaration().name)
            .collect();
        std::mem::take(&mut self.writes)
    }

    /// Whether the writes handed over are nothing but records of the log.
    pub(super) fn only_records(&self) -> bool {
        self.collections.len() == self.rows().count()
    }

    /// Whether a write is a record itself, not one beside it.
    pub(super) fn is_record(&self, write: usize) -> bool {
        self.owner(write)
            .is_some_and(|owner| self.entries[owner].first_write == write)
    }

    /// The entry that a write belongs to.
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
    /// Takes its sender's row, under the number and time of the one that goes in;
    /// what waits has none any more.
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

/// Decides for each waiting record and numbers those that go in.
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
            Ok(beside) => {
                (seq, time) = (seq + 1, time.max(candidate.row.created_at));
                number(&mut run.writes, log, &candidate.row, beside, (seq, time))
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

/// A retry of a record of this very run waits until that one is stored; so
/// does everything behind a full run.
fn must_wait(run: &PreparedBatch, candidate: &PendingAppend) -> bool {
    #[cfg(feature = "conformance")]
    if super::planted::Bug::WriteOneByOne.is_planted() && !run.entries.is_empty() {
        return true;
    }
    #[cfg(feature = "conformance")]
    if super::planted::Bug::ForgetRetries.is_planted() {
        return !run.left.is_empty();
    }
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
    #[cfg(feature = "conformance")]
    if super::planted::Bug::AuthoriseBeforeQueueing.is_planted() {
        return candidate
            .guard
            .check(&mut std::iter::empty())
            .map_err(Verdict::Refused);
    }
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

/// Adds the writes of a record under its number and time.
fn number(
    writes: &mut Vec<Write>,
    log: &LogRef,
    row: &Row,
    beside: Vec<Write>,
    at: (i64, Timestamp),
) -> Verdict {
    let (seq, time) = at;
    let row = numbered(log, row.clone(), at);
    let beside: Vec<_> = beside
        .into_iter()
        .map(|write| assigned(write, seq, time))
        .collect();
    let row = Arc::new(row);
    let hints = watched(Some(log.tenant.id()), &beside);
    writes.push(Write::Insert {
        declaration: log.declaration,
        row: Arc::clone(&row),
    });
    writes.extend(beside);
    Verdict::Numbered(row, hints)
}

/// The row under its number and time.
fn numbered(log: &LogRef, mut row: Row, (seq, time): (i64, Timestamp)) -> Row {
    (row.created_at, row.updated_at) = (time, time);
    if let Some(position) = log.declaration.position(log.decl.seq) {
        row.values[position] = Some(Value::AssignedSeq);
    }
    fill_in(&mut row.values, seq, time);
    #[cfg(feature = "conformance")]
    super::planted::forget_retry(log, &mut row);
    row
}

/// Puts the record's number and time where a write left room for them.
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
