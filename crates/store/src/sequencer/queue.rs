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

/// How long a record waits for a store that cannot write.
const PATIENCE: Duration = Duration::from_secs(15);

/// What the sender is told: the row that stands.
#[derive(Debug)]
pub(super) enum Answered {
    /// It is ours and new.
    New(Row),
    /// It stood under the same retry key.
    Known(Row),
}

pub(super) type Answer = Result<Answered, AppendError>;

/// One record that waits for its number.
pub(super) struct PendingAppend {
    /// The record as its sender made it, without a number.
    pub(super) row: Row,
    pub(super) seen: Option<i64>,
    pub(super) guard: Guard,
    pub(super) retry_key: Option<Vec<Value>>,
    /// Sending consumes it, so it is gone once answered.
    pub(super) answer: Option<oneshot::Sender<Answer>>,
    /// When a store that cannot write is no longer waited for.
    pub(super) deadline: Instant,
    /// Whether a try to write it ended without the store saying what became of it.
    pub(super) unclear: bool,
}

/// The records that wait for one log, and the end of the log.
#[derive(Default)]
pub(super) struct LogQueue {
    state: Mutex<State>,
}

#[derive(Default)]
struct State {
    waiting: VecDeque<PendingAppend>,
    running: bool,
    tail: Tail,
    /// Whether the tail that a run has taken is not to be used again.
    forgotten: bool,
}

impl LogQueue {
    /// Queues a record and sees to it that somebody writes.
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
        // A head that somebody saw is there, whether it was heard of or not.
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
            // Its own task, so that a dropped request can never be the writer; boxed, since it is
            // moved some times before it runs.
            tokio::spawn(Box::pin(drive(Arc::clone(self), log)));
        }
        Ok(answered)
    }

    pub(super) fn hear(&self, head: i64, rows: &[Arc<Row>]) {
        self.state.lock().tail.hear(head, rows);
    }

    /// Makes the next run read the end of the log.
    pub(super) fn forget(&self) {
        let mut state = self.state.lock();
        state.tail.forget();
        state.forgotten = state.running;
    }

    /// What waits, up to a run's size, and the tail to write behind.
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

    /// Gives the tail back, and in front of the queue what was not written.
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

/// Sees to it that nobody waits for a task that is gone.
struct DriverGuard {
    queue: Arc<LogQueue>,
    log: LogRef,
    done: bool,
}

impl Drop for DriverGuard {
    /// The task was cut off, so a guard panicked or the runtime ends. The
    /// senders of its run learn by their dropped channels that the outcome is
    /// unclear; for the others a new task takes over.
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
#[error("too many records wait for this log")]
struct QueueFull;
