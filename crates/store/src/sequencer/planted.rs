//! Bugs that can be switched on, to verify that the tests which must detect them fail. Compiled
//! into test builds only.

use std::collections::VecDeque;
use std::sync::atomic::{AtomicBool, Ordering};

use super::log_ref::LogRef;
use super::prepare::PreparedBatch;
use super::queue::{Answered, PendingAppend};
use crate::collection::Row;

/// Bug that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Senders receive a result before the record is written.
    AnswerBeforeCommit,
    /// Guards do not receive the records written since the caller's read.
    AuthoriseBeforeQueueing,
    /// Records that wait together are written one by one.
    WriteOneByOne,
    /// Ranges that are requested together are read one by one.
    ReadOneByOne,
    /// Records are stored without the id given by the sender.
    ForgetRetries,
    /// A request writes its log itself, and writing stops when the request is cancelled.
    WriteInTheRequest,
}

static PLANTED: [AtomicBool; Bug::ALL.len()] = [const { AtomicBool::new(false) }; Bug::ALL.len()];

impl Bug {
    /// Every bug with the name that switches it on.
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

/// Sends a result for every record of a batch that is not written yet, if the batch contains only
/// records: callers read the other writes of a commit at once.
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

/// Never returns if the caller of a waiting record is gone.
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

/// Removes the id given by the sender from a record.
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
