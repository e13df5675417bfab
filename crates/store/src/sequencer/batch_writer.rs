//! Writes one batch of records after the head of a log, and again after a conflict with another
//! writer. A result is sent only after the store has confirmed it.

use std::collections::VecDeque;
use std::ops::Bound;
use std::sync::Arc;
use std::time::Duration;

use base::Timestamp;

use super::log_ref::LogRef;
use super::prepare::assemble;
use super::queue::PendingAppend;
use super::tail::Tail;
use crate::declaration::Durability;
use crate::due_index;
use crate::engine::{CommitError, ReadError};
use crate::log::AppendError;
use crate::query::Range;
use crate::statement::{Commit, Heads};
use crate::value::Value;

/// Maximum number of records since a guard's read that are read for it. Beyond that, the caller
/// must read again.
const SHOWN_TO_GUARDS: i64 = 1_000;

/// Delay after an attempt that changed nothing: initial and maximum value.
const PAUSE: (Duration, Duration) = (Duration::from_millis(5), Duration::from_millis(500));

pub(super) struct BatchWriter {
    pub(super) log: LogRef,
    pub(super) waiting: VecDeque<PendingAppend>,
    pub(super) left: VecDeque<PendingAppend>,
    pub(super) tail: Tail,
    pause: Duration,
    /// Number of the head that was last read from the store for these records.
    read: Option<i64>,
}

impl BatchWriter {
    pub(super) fn new(log: LogRef, waiting: VecDeque<PendingAppend>, tail: Tail) -> Self {
        Self {
            log,
            waiting,
            left: VecDeque::new(),
            tail,
            pause: PAUSE.0,
            read: None,
        }
    }

    /// Writes until every record has a result or must wait for the next batch.
    pub(super) async fn write(mut self) -> (VecDeque<PendingAppend>, Tail) {
        while !self.waiting.is_empty() {
            match self.ready().await {
                Ok(head) => self.attempt(head).await,
                Err(error) => self.not_ready(error).await,
            }
        }
        (self.left, self.tail)
    }

    /// Returns the head for numbering, and reads the records that the guards need.
    async fn ready(&mut self) -> Result<(i64, Timestamp), ReadError> {
        let head = match self.tail.head() {
            Some(head) => head,
            None => self.read_head().await?,
        };
        let oldest = self
            .waiting
            .iter()
            .filter_map(|waiting| waiting.seen)
            .min()
            .unwrap_or(head.0);
        if !self.tail.covers(oldest) {
            self.read_tail(oldest.max(head.0 - SHOWN_TO_GUARDS), head.0)
                .await?;
        }
        Ok(head)
    }

    async fn read_head(&mut self) -> Result<(i64, Timestamp), ReadError> {
        let heads = Heads {
            target: self.log.target(),
            logs: vec![self.log.log],
            newest: true,
        };
        let found = self.log.engine().heads(heads).await?.pop();
        let head = found.map_or((0, Timestamp::EPOCH), |head| (head.seq, head.created_at));
        if self.read.replace(head.0) == Some(head.0) {
            // Another writer's commit is in the way but not visible yet.
            self.back_off().await;
        } else {
            self.pause = PAUSE.0;
        }
        self.tail.reload(head.0, head.1);
        Ok(head)
    }

    async fn read_tail(&mut self, from: i64, head: i64) -> Result<(), ReadError> {
        let mut list = self
            .log
            .listing(self.log.decl.fence, vec![Value::Id(self.log.log)]);
        list.span.range = Range::Between(
            Bound::Excluded(Value::Int(from)),
            Bound::Included(Value::Int(head)),
        );
        list.limit = usize::try_from(head - from).unwrap_or(0);
        let rows = self.log.engine().list(list).await?;
        if i64::try_from(rows.len()).is_ok_and(|count| count == head - from) {
            self.tail.fill(rows);
            Ok(())
        } else {
            Err(ReadError::Unavailable(Arc::new(HeadMoved)))
        }
    }

    /// Handles a failed read of the log's end: retries until the deadlines of the records, then
    /// fails them. An error that a retry cannot fix fails them at once.
    async fn not_ready(&mut self, error: ReadError) {
        self.tail.forget();
        match error {
            ReadError::Unavailable(cause) => {
                let mut waiting = std::mem::take(&mut self.waiting);
                self.give_up_late(waiting.iter_mut(), &cause);
                self.requeue(waiting);
                self.back_off().await;
            }
            // A retry does not help, and clients must be informed soon.
            ReadError::Halted(cause) => self.refuse_all(&AppendError::Halted(cause)),
            ReadError::Broken(cause) => self.refuse_all(&AppendError::Broken(cause)),
        }
    }

    fn refuse_all(&mut self, error: &AppendError) {
        for mut waiting in std::mem::take(&mut self.waiting) {
            self.log.refuse(&mut waiting, error.clone());
        }
    }

    async fn attempt(&mut self, head: (i64, Timestamp)) {
        fail_point!(WriteInTheRequest => super::bugs::stop_without_caller(&self.waiting).await);
        let mut run = assemble(
            &self.log,
            std::mem::take(&mut self.waiting),
            &self.tail,
            head,
        );
        self.leave(std::mem::take(&mut run.left));
        if run.writes.is_empty() {
            // Without an insert into the unique sequence index, nothing proves that the log has not
            // grown. So rejections may only rely on a head that was read from the store.
            if self.read.is_some() {
                self.on_committed(run).await;
            } else {
                self.tail.forget();
                self.requeue(run.entries.into_iter().map(|entry| entry.waiting));
            }
            return;
        }
        let writes = run.take_writes();
        let work = due_index::work(&writes);
        let commit = Commit {
            partition: self.log.tenant.partition,
            tenant: Some(self.log.tenant.id()),
            durability: Durability::Durable,
            writes,
            run: run.only_records(),
        };
        fail_point!(AnswerBeforeCommit => super::bugs::answer_early(&self.log, &mut run, commit.run));
        let outcome = self.log.engine().commit(commit).await;
        if matches!(outcome, Ok(()) | Err(CommitError::OutcomeUnknown(_))) {
            self.log
                .tenant
                .store
                .0
                .agendas
                .note(self.log.tenant.partition, work);
        }
        match outcome {
            Ok(()) => self.on_committed(run).await,
            Err(error) => self.recover(run, error).await,
        }
    }

    /// Puts the records without a result back for the next attempt.
    pub(super) fn requeue(&mut self, records: impl IntoIterator<Item = PendingAppend>) {
        self.waiting.extend(
            records
                .into_iter()
                .filter(|waiting| waiting.answer.is_some()),
        );
    }

    /// Puts records before those that wait for the next batch.
    pub(super) fn leave(&mut self, mut records: VecDeque<PendingAppend>) {
        records.append(&mut self.left);
        self.left = records;
    }

    /// Resets the delay after a result was sent: the next attempt does not repeat this one.
    pub(super) fn reset_backoff(&mut self) {
        self.read = None;
        self.pause = PAUSE.0;
    }

    /// Sleeps for the current delay, then doubles it up to its maximum.
    pub(super) async fn back_off(&mut self) {
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE.1);
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the end of the log changed while it was read")]
struct HeadMoved;
