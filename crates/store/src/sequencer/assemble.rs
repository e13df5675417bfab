//! Builds a run: asks the guards, gives the numbers.

use std::collections::VecDeque;
use std::sync::Arc;

use base::{Failure, Timestamp, limit};

use super::queue::{LogRef, Waiting};
use super::tail::Tail;
use crate::batch::Write;
use crate::collection::Row;
use crate::value::Value;

/// What is decided of a record before the run is written. A refusal may rest
/// on a record of the same run, so it is told only once the run stands.
pub(super) enum Verdict {
    /// It goes in as this row.
    Numbered(Arc<Row>),
    /// Its guard refuses.
    Refused(Failure),
    /// More was written since its guard looked than is shown.
    Behind,
}

/// A run ready to be written.
#[derive(Default)]
pub(super) struct Assembled {
    pub(super) entries: Vec<(Waiting, Verdict)>,
    pub(super) writes: Vec<Write>,
    /// The entry that each write belongs to.
    pub(super) owner: Vec<usize>,
    /// What must wait for the next run.
    pub(super) left: VecDeque<Waiting>,
}

impl Assembled {
    /// The rows that go in, in order.
    pub(super) fn rows(&self) -> impl Iterator<Item = &Arc<Row>> {
        self.entries.iter().filter_map(|(_, verdict)| match verdict {
            Verdict::Numbered(row) => Some(row),
            Verdict::Refused(_) | Verdict::Behind => None,
        })
    }

    /// Whether the writes are nothing but records of the log.
    pub(super) fn only_records(&self) -> bool {
        self.writes.len() == self.rows().count()
    }
}

/// Decides for each waiting record and numbers those that go in.
pub(super) fn assemble(log: &LogRef, waiting: VecDeque<Waiting>, tail: &Tail, head: (i64, Timestamp)) -> Assembled {
    let mut run = Assembled::default();
    let (mut seq, mut time) = head;
    for candidate in waiting {
        if must_wait(&run, &candidate) {
            run.left.push_back(candidate);
            continue;
        }
        match decide(&run, tail, &candidate) {
            Ok(beside) => {
                seq += 1;
                time = time.max(candidate.row.created_at);
                admit(&mut run, log, candidate, beside, (seq, time));
            }
            Err(verdict) => run.entries.push((candidate, verdict)),
        }
    }
    run
}

/// A retry of a record that stands in this very run waits until that one is
/// stored; so does everything behind a full run.
fn must_wait(run: &Assembled, candidate: &Waiting) -> bool {
    let twin =
        |(other, _): &(Waiting, Verdict)| candidate.retry_key.is_some() && other.retry_key == candidate.retry_key;
    !run.left.is_empty() || run.writes.len() >= limit::BATCH_WRITES / 2 || run.entries.iter().any(twin)
}

fn decide(run: &Assembled, tail: &Tail, candidate: &Waiting) -> Result<Vec<Write>, Verdict> {
    #[cfg(feature = "proof")]
    if super::planted::authorise_before_queueing() {
        return candidate.guard.check(&mut std::iter::empty()).map_err(Verdict::Refused);
    }
    if !tail.covers(candidate.seen) {
        return Err(Verdict::Behind);
    }
    let mut since = tail.since(candidate.seen).chain(run.rows().map(Arc::as_ref));
    candidate.guard.check(&mut since).map_err(Verdict::Refused)
}

fn admit(run: &mut Assembled, log: &LogRef, mut candidate: Waiting, beside: Vec<Write>, number: (i64, Timestamp)) {
    let (seq, time) = number;
    (candidate.row.created_at, candidate.row.updated_at) = (time, time);
    fill_in(&mut candidate.row.values, seq, time);
    if let Some(position) = log.declaration.position(log.decl.seq) {
        candidate.row.values[position] = Some(Value::Int(seq));
    }
    let row = Arc::new(candidate.row.clone());
    let owner = run.entries.len();
    run.writes.push(Write::Insert { declaration: log.declaration, row: candidate.row.clone() });
    run.writes.extend(beside.into_iter().map(|write| assigned(write, seq, time)));
    run.owner.resize(run.writes.len(), owner);
    run.entries.push((candidate, Verdict::Numbered(row)));
}

/// Puts the record's number and time where a write left room for them.
fn assigned(mut write: Write, seq: i64, time: Timestamp) -> Write {
    match &mut write {
        Write::Insert { row, .. } | Write::Upsert { row, .. } => fill_in(&mut row.values, seq, time),
        Write::Update { changes, .. } => changes.iter_mut().for_each(|(_, value)| fill_in_one(value, seq, time)),
        Write::Increment { .. } | Write::Raise { .. } | Write::Remove { .. } => {}
    }
    write
}

fn fill_in(values: &mut [Option<Value>], seq: i64, time: Timestamp) {
    values.iter_mut().for_each(|value| fill_in_one(value, seq, time));
}

fn fill_in_one(value: &mut Option<Value>, seq: i64, time: Timestamp) {
    match value {
        Some(Value::AssignedSeq) => *value = Some(Value::Int(seq)),
        Some(Value::AssignedTime) => *value = Some(Value::Time(time)),
        _ => {}
    }
}
