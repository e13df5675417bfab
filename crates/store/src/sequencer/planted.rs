//! Bugs on a switch, so that the tests which must catch them can be seen to
//! fail. Compiled into test builds only.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use super::log_ref::LogRef;
use super::prepare::PreparedBatch;
use super::queue::{Answered, PendingAppend};
use crate::collection::Row;

/// A bug that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Senders are told that their record stands before it is written.
    AnswerBeforeCommit,
    /// Guards are not shown the records that came since they looked.
    AuthoriseBeforeQueueing,
    /// Records that wait together are written one by one.
    WriteOneByOne,
    /// Spans that are asked for together are read one by one.
    ReadOneByOne,
    /// Records are stored without the sender's own id.
    ForgetRetries,
    /// A log is written to by a request itself, and by nobody once it is cut off.
    WriteInTheRequest,
}

static PLANTED: [AtomicBool; Bug::ALL.len()] = [const { AtomicBool::new(false) }; Bug::ALL.len()];

impl Bug {
    /// Every bug, under the name by which it is planted.
    pub const ALL: [(&str, Self); 6] = [
        ("answer-before-commit", Self::AnswerBeforeCommit),
        ("authorise-before-queueing", Self::AuthoriseBeforeQueueing),
        ("write-one-by-one", Self::WriteOneByOne),
        ("read-one-by-one", Self::ReadOneByOne),
        ("forget-retries", Self::ForgetRetries),
        ("write-in-the-request", Self::WriteInTheRequest),
    ];

    pub(crate) fn is_planted(self) -> bool {
        PLANTED[self as usize].load(Ordering::SeqCst)
    }
}

/// Switches a bug on or off for the whole process.
pub fn plant(bug: Bug, on: bool) {
    PLANTED[bug as usize].store(on, Ordering::SeqCst);
}

/// Answers every record of a run that is still to be written, when the run is
/// nothing but records: what is written beside a record is asked for at once.
pub(super) fn answer_too_early(log: &LogRef, run: &mut PreparedBatch, only_records: bool) {
    if !only_records || !Bug::AnswerBeforeCommit.is_planted() {
        return;
    }
    for entry in &mut run.entries {
        if let Some(row) = entry.row().map(|row| Row::clone(row)) {
            log.answer(&mut entry.waiting, Ok(Answered::New(row)));
        }
    }
}

/// Writes nothing any more when a caller is gone whose record waits.
pub(super) async fn go_with_the_caller(waiting: &VecDeque<PendingAppend>) {
    let is_gone = |waiting: &PendingAppend| {
        waiting
            .answer
            .as_ref()
            .is_some_and(tokio::sync::oneshot::Sender::is_closed)
    };
    if Bug::WriteInTheRequest.is_planted() && waiting.iter().any(is_gone) {
        std::future::pending::<()>().await;
    }
}

/// Takes a record the sender's own id.
pub(super) fn forget_retry(log: &LogRef, row: &mut Row) {
    let retry = log
        .declaration
        .index(log.decl.retry)
        .and_then(|index| index.fields.last());
    if Bug::ForgetRetries.is_planted()
        && let Some(position) = retry.and_then(|field| log.declaration.position(field))
    {
        row.values[position] = None;
    }
}
