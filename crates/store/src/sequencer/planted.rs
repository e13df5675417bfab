//! Bugs on a switch, so that the tests which must catch them can be seen to
//! fail. Compiled into test builds only.

use std::sync::atomic::{AtomicBool, Ordering};

use super::assemble::Assembled;
use super::log_ref::LogRef;
use super::queue::Answered;
use crate::collection::Row;

static ANSWER_BEFORE_COMMIT: AtomicBool = AtomicBool::new(false);
static AUTHORISE_BEFORE_QUEUEING: AtomicBool = AtomicBool::new(false);

/// A bug that can be switched on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bug {
    /// Senders are told that their record stands before it is written.
    AnswerBeforeCommit,
    /// Guards are not shown the records that came since they looked.
    AuthoriseBeforeQueueing,
}

/// Switches a bug on or off for the whole process.
pub fn plant(bug: Bug, on: bool) {
    switch(bug).store(on, Ordering::SeqCst);
}

const fn switch(bug: Bug) -> &'static AtomicBool {
    match bug {
        Bug::AnswerBeforeCommit => &ANSWER_BEFORE_COMMIT,
        Bug::AuthoriseBeforeQueueing => &AUTHORISE_BEFORE_QUEUEING,
    }
}

/// Answers every record of a run that is still to be written, when the run is
/// nothing but records: what is written beside a record is asked for at once.
pub(super) fn answer_too_early(log: &LogRef, run: &mut Assembled, only_records: bool) {
    if !only_records || !ANSWER_BEFORE_COMMIT.load(Ordering::SeqCst) {
        return;
    }
    for entry in &mut run.entries {
        if let Some(row) = entry.row().map(|row| Row::clone(row)) {
            log.answer(&mut entry.waiting, Ok(Answered::New(row)));
        }
    }
}

pub(super) fn authorise_before_queueing() -> bool {
    AUTHORISE_BEFORE_QUEUEING.load(Ordering::SeqCst)
}
