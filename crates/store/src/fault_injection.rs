//! Bugs that can be injected, to verify that the tests which must detect them fail. Compiled only
//! with the feature `fault-injection`, which no release build enables.

#[cfg(feature = "fault-injection")]
use std::sync::atomic::{AtomicBool, Ordering};

#[cfg(feature = "fault-injection")]
use crate::{
    collection::Row,
    engine::ReadError,
    handle::{Handle, Scoped},
    statement::ListEach,
};

/// Evaluates an expression if a bug is injected. Expands to nothing without the feature.
macro_rules! fail_point {
    ($bug:ident $(if $condition:expr)? => $effect:expr) => {
        #[cfg(feature = "fault-injection")]
        if crate::fault_injection::Bug::$bug.is_injected() $(&& $condition)? {
            $effect;
        }
    };
}

/// Bug that can be injected.
#[cfg(feature = "fault-injection")]
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

#[cfg(feature = "fault-injection")]
static INJECTED: [AtomicBool; Bug::ALL.len()] = [const { AtomicBool::new(false) }; Bug::ALL.len()];

#[cfg(feature = "fault-injection")]
impl Bug {
    /// Every bug with the name that injects it.
    pub const ALL: [(&str, Self); 6] = [
        ("answer-before-commit", Self::AnswerBeforeCommit),
        ("authorise-before-queueing", Self::AuthoriseBeforeQueueing),
        ("write-one-by-one", Self::WriteOneByOne),
        ("read-one-by-one", Self::ReadOneByOne),
        ("forget-retries", Self::ForgetRetries),
        ("write-in-the-request", Self::WriteInTheRequest),
    ];

    /// Injects the bug into the whole process, or removes it.
    pub fn inject(self, is_injected: bool) {
        INJECTED[self as usize].store(is_injected, Ordering::SeqCst);
    }

    pub(crate) fn is_injected(self) -> bool {
        INJECTED[self as usize].load(Ordering::SeqCst)
    }
}

#[cfg(feature = "fault-injection")]
impl<S: Scoped> Handle<S> {
    /// Reads the ranges of a list one by one.
    pub(crate) async fn list_one_by_one(&self, list: ListEach) -> Result<Vec<Row>, ReadError> {
        let mut rows = Vec::new();
        for span in list.spans {
            let one = ListEach {
                spans: vec![span],
                ..list
            };
            rows.extend(self.engine().list_each(one).await?);
        }
        Ok(rows)
    }
}
