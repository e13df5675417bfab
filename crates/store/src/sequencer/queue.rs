use std::collections::VecDeque;
use std::sync::Arc;
use std::time::Duration;

use base::{Timestamp, limit};
use parking_lot::Mutex;
use tokio::runtime::Handle;
use tokio::sync::oneshot;
use tokio::time::Instant;

use super::batch_writer::BatchWriter;
use super::log_ref::LogRef;
use super::tail::Tail;
use crate::collection::{LogCollection, Row};
use crate::declaration::LogDecl;
use crate::handle::TenantStore;
use crate::log::{Append, AppendError, Guard};
use crate::value::Value;

/// Maximum time that a record waits for a store that cannot write.
const PATIENCE: Duration = Duration::from_secs(15);

/// Stored row that is sent to the caller of an append.
#[derive(Debug)]
pub(super) enum Answered {
    /// The caller's own record, newly appended.
    New(Row),
    /// An existing record with the same retry key.
    Known(Row),
}

pub(super) type Answer = Result<Answered, AppendError>;

/// Record that waits for its number.
pub(super) struct PendingAppend {
    /// Record as the sender created it, without a number.
    pub(super) row: Row,
    pub(super) seen: Option<i64>,
    pub(super) guard: Guard,
    pub(super) retry_key: Option<Vec<Value>>,
    /// Channel for the result; `None` after the result was sent, since sending consumes it.
    pub(super) answer: Option<oneshot::Sender<Answer>>,
    /// Time after which the record no longer waits for a store that cannot write.
    pub(super) deadline: Instant,
    /// Whether an attempt to write the record ended with an unknown outcome.
    pub(super) unclear: bool,
}

/// Records that wait for one log, and the end of the log.
#[derive(Default)]
pub(super) struct LogQueue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<PendingAppend>,
    running: bool,
    tail: Tail,
    /// Whether the tail that the current batch has taken must be discarded.
    forgotten: bool,
}

impl LogQueue {
    /// Queues a record, and starts a writer task unless one is running.
    pub(super) fn push<C: LogCollection>(
        self: &Arc<Self>,
        tenant: &TenantStore,
        log: base::ObjectId,
        append: Append<C>,
    ) -> Result<oneshot::Receiver<Answer>, AppendError> {
        let Some(decl) = C::DECLARATION.log else {
            return Err(AppendError::Broken(Arc::new(NotALog(C::DECLARATION.name))));
        };
        let (answer, answered) = oneshot::channel();
        let waiting = waiting(tenant.context().now(), append, decl, answer);
        let mut state = self.state.lock();
        if state.waiting.len() >= limit::SEQUENCER_QUEUE {
            return Err(AppendError::Unavailable(Arc::new(QueueFull)));
        }
        // A head that a caller has seen exists, even if no event announced it.
        waiting
            .seen
            .into_iter()
            .for_each(|seen| state.tail.hear(seen, &[]));
        state.waiting.push_back(waiting);
        if !state.running {
            state.running = true;
            let log = LogRef {
                tenant: tenant.clone(),
                declaration: C::DECLARATION,
                decl,
                log,
            };
            // A separate task, so that a cancelled request can never be the writer. Boxed, since it
            // is moved several times before it runs.
            tokio::spawn(Box::pin(drive(Arc::clone(self), log)));
        }
        Ok(answered)
    }

    pub(super) fn hear(&self, head: i64, rows: &[Arc<Row>]) {
        self.state.lock().tail.hear(head, rows);
    }

    /// Makes the next batch read the end of the log.
    pub(super) fn forget(&self) {
        let mut state = self.state.lock();
        state.tail.forget();
        state.forgotten = state.running;
    }

    /// Takes the waiting records, up to the size of a batch, and the tail after which to write.
    fn take(&self) -> Option<(VecDeque<PendingAppend>, Tail)> {
        let mut state = self.state.lock();
        if state.waiting.is_empty() {
            state.running = false;
            return None;
        }
        let count = state.waiting.len().min(limit::SEQUENCER_RUN);
        let taken = state.waiting.drain(..count).collect();
        Some((taken, std::mem::take(&mut state.tail)))
    }

    /// Puts the tail back, and the records that were not written at the front of the queue.
    fn give_back(&self, mut left: VecDeque<PendingAppend>, tail: Tail) {
        let mut state = self.state.lock();
        let heard_meanwhile = std::mem::replace(&mut state.tail, tail);
        state.tail.hear_of(&heard_meanwhile);
        if std::mem::take(&mut state.forgotten) {
            state.tail.forget();
        }
        left.append(&mut state.waiting);
        state.waiting = left;
    }
}

/// Guard that starts a new writer task if the current one is aborted.
struct DriverGuard {
    queue: Arc<LogQueue>,
    log: LogRef,
    done: bool,
}

impl Drop for DriverGuard {
    /// Starts a new task for the waiting records.
    ///
    /// The task was aborted because a guard panicked or the runtime shuts down. Callers of its
    /// batch see their channel dropped, which means that the outcome is unknown.
    fn drop(&mut self) {
        if self.done {
            return;
        }
        let mut state = self.queue.state.lock();
        state.tail.forget();
        state.running = false;
        if let (false, Ok(runtime)) = (state.waiting.is_empty(), Handle::try_current()) {
            state.running = true;
            runtime.spawn(Box::pin(drive(Arc::clone(&self.queue), self.log.clone())));
        }
    }
}

async fn drive(queue: Arc<LogQueue>, log: LogRef) {
    let mut driving = DriverGuard {
        queue: Arc::clone(&queue),
        log: log.clone(),
        done: false,
    };
    while let Some((waiting, tail)) = queue.take() {
        let (left, tail) = BatchWriter::new(log.clone(), waiting, tail).write().await;
        queue.give_back(left, tail);
    }
    driving.done = true;
}

fn waiting<C: LogCollection>(
    now: Timestamp,
    append: Append<C>,
    decl: LogDecl,
    answer: oneshot::Sender<Answer>,
) -> PendingAppend {
    let Append {
        id,
        record,
        seen,
        guard,
    } = append;
    let row = Row {
        id: id.object_id(),
        created_at: now,
        updated_at: Timestamp::EPOCH,
        version: 1,
        deleted_at: None,
        deleted_by: None,
        values: record.to_values(),
    };
    let retry = C::DECLARATION
        .index(decl.retry)
        .map_or(&[][..], |index| index.fields);
    let retry_key = retry
        .iter()
        .map(|field| row.field(C::DECLARATION, field))
        .collect();
    let deadline = Instant::now() + PATIENCE;
    PendingAppend {
        row,
        seen,
        guard,
        retry_key,
        answer: Some(answer),
        deadline,
        unclear: false,
    }
}

#[derive(Debug, thiserror::Error)]
#[error("{0} is not declared as a log")]
struct NotALog(&'static str);

#[derive(Debug, thiserror::Error)]
#[error("the queue of this log is full")]
struct QueueFull;
