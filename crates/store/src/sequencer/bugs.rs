//! Effects of injected bugs on the sequencer.

use std::collections::VecDeque;

use super::log_ref::LogRef;
use super::prepare::{PreparedBatch, Verdict};
use super::queue::{Answered, PendingAppend};
use crate::batch::Write;
use crate::collection::Row;

/// Sends a result for every record of a batch that is not written yet, if the batch contains only
/// records: callers read the other writes of a commit at once.
pub(super) fn answer_early(log: &LogRef, run: &mut PreparedBatch, only_records: bool) {
    if !only_records {
        return;
    }
    for entry in &mut run.entries {
        if let Some(row) = entry.row().map(|row| Row::clone(row)) {
            log.answer(&mut entry.waiting, Ok(Answered::New(row)));
        }
    }
}

/// Never returns if the caller of a waiting record is gone.
pub(super) async fn stop_without_caller(waiting: &VecDeque<PendingAppend>) {
    let is_gone = |waiting: &PendingAppend| {
        waiting
            .answer
            .as_ref()
            .is_some_and(tokio::sync::oneshot::Sender::is_closed)
    };
    if waiting.iter().any(is_gone) {
        std::future::pending::<()>().await;
    }
}

/// Runs the guard of a record without the records written since the caller's read.
pub(super) fn check_without_tail(candidate: &PendingAppend) -> Result<Vec<Write>, Verdict> {
    let none = &mut std::iter::empty();
    candidate.guard.check(none).map_err(Verdict::Refused)
}

/// Removes the id given by the sender from a record.
pub(super) fn remove_retry_key(log: &LogRef, row: &mut Row) {
    let retry = log
        .declaration
        .index(log.decl.retry)
        .and_then(|index| index.fields.last());
    if let Some(position) = retry.and_then(|field| log.declaration.position(field)) {
        row.values[position] = None;
    }
}
