//! Handling of the outcome of an attempt to write a batch.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;

use base::{Error, ObjectId};
use tokio::time::Instant;

use super::batch_writer::BatchWriter;
use super::prepare::{Entry, PreparedBatch, Verdict};
use super::queue::{Answered, PendingAppend};
use crate::change_event::ChangeEvent;
use crate::collection::Row;
use crate::engine::{Cause, CommitError, ReadError};
use crate::log::AppendError;

impl BatchWriter {
    /// Handles a committed batch: sends the results, then notifies the watchers.
    ///
    /// The cached head is updated before both. Neither waits for a read about the other entries.
    pub(super) async fn on_committed(&mut self, run: PreparedBatch) {
        let rows: Vec<_> = run.rows().cloned().collect();
        let grown = self.log.grown(rows);
        let store = self.log.tenant.store.clone();
        if let Some(hint @ ChangeEvent::LogAppended { head, rows, .. }) = &grown {
            store.stats().runs.add(1);
            store.stats().records.add(rows.len() as u64);
            self.tail.push(*head, rows.iter().cloned());
            store.0.heads.hear(hint);
        }
        let (on_committed, others): (Vec<_>, Vec<_>) = run
            .entries
            .into_iter()
            .partition(|entry| entry.row().is_some());
        for mut entry in on_committed {
            if let Some(row) = entry.take_row(&self.log) {
                self.stands(&mut entry, row);
            }
        }
        grown.into_iter().for_each(|hint| store.0.publish(hint));
        self.settle_others(others).await;
    }

    /// Resolves entries that were not part of the committed batch.
    async fn settle_others(&mut self, entries: Vec<Entry>) {
        let mut landed = Vec::new();
        for mut entry in entries {
            match entry.verdict {
                Verdict::Refused(failure) => self.refused(&mut entry.waiting, failure).await,
                Verdict::Behind => self.log.refuse(&mut entry.waiting, AppendError::Behind),
                Verdict::Landed | Verdict::Numbered(..) => landed.push(entry),
            }
        }
        if !landed.is_empty() {
            // A record is confirmed only if a majority has it; a primary may still lose it.
            self.settle(&mut landed, &(Arc::new(NotConfirmed) as Cause), false)
                .await;
            self.tail.forget();
            self.requeue(landed.into_iter().map(|entry| entry.waiting));
        }
    }

    /// Sends the result of a stored record, to its waiting retries as well.
    fn stands(&mut self, entry: &mut Entry, row: Row) {
        if let Verdict::Numbered(_, hints) = &mut entry.verdict {
            self.log.tell_all(std::mem::take(hints));
        }
        self.answer_twins(&entry.waiting, &row);
        self.log.answer(&mut entry.waiting, Ok(Answered::New(row)));
    }

    /// Sends the record to its retries that wait for the next batch.
    fn answer_twins(&mut self, of: &PendingAppend, row: &Row) {
        if of.retry_key.is_some() {
            for twin in self
                .left
                .iter_mut()
                .filter(|other| other.retry_key == of.retry_key)
            {
                self.log.answer(twin, Ok(Answered::Known(row.clone())));
            }
            self.left.retain(|other| other.answer.is_some());
        }
    }

    /// Handles a rejected record. A retry of a stored record receives that record instead of the
    /// rejection.
    async fn refused(&mut self, waiting: &mut PendingAppend, failure: Error) {
        match self.known(waiting).await {
            Ok(Some(row)) => self.answer_known(waiting, row),
            Ok(None) => self.log.refuse(waiting, AppendError::Refused(failure)),
            Err(error) => self.log.refuse(waiting, error.into()),
        }
    }

    /// Returns the record with the same retry key, as a majority has it.
    async fn known(&self, waiting: &PendingAppend) -> Result<Option<Row>, ReadError> {
        let Some(key) = waiting.retry_key.clone() else {
            return Ok(None);
        };
        let mut list = self.log.listing(self.log.decl.retry, key);
        list.newest = false;
        Ok(self.log.engine().list(list).await?.pop())
    }

    /// Sends the stored records to all retries of a batch.
    ///
    /// If one record is a retry, for example after a broken connection, others are too. Found one
    /// by one, each would cost the whole batch another attempt.
    async fn answer_all_known(&mut self, entries: &mut [Entry]) {
        for entry in entries
            .iter_mut()
            .filter(|entry| entry.waiting.answer.is_some())
        {
            if let Ok(Some(row)) = self.known(&entry.waiting).await {
                self.answer_known(&mut entry.waiting, row);
                self.reset_backoff();
            }
        }
    }

    /// Sends a stored record to its retry, and notifies watchers again: its writer may have stopped
    /// before it did.
    fn answer_known(&mut self, waiting: &mut PendingAppend, row: Row) {
        self.log.tell(row.clone());
        self.answer_twins(waiting, &row);
        self.log.answer(waiting, Ok(Answered::Known(row)));
    }

    /// Handles a batch that was not committed as a whole: finds the records that were written,
    /// sends the known results, and keeps the rest for another attempt.
    pub(super) async fn recover(&mut self, run: PreparedBatch, error: CommitError) {
        match error {
            CommitError::Conflict { write, index } if run.is_record(write) => {
                self.on_sequence_conflict(run, write, index).await;
            }
            CommitError::Conflict { write, index } => {
                let collection = run.collections.get(write).copied().unwrap_or_default();
                self.guard_write_failed(run, write, AppendError::Conflict { collection, index });
            }
            CommitError::PreconditionFailed { write, current } => {
                self.guard_write_failed(run, write, AppendError::PreconditionFailed { current });
            }
            CommitError::LimitExceeded { write } => {
                self.guard_write_failed(run, write, AppendError::LimitExceeded);
            }
            CommitError::Unavailable(cause) => self.not_written(run, cause, false).await,
            CommitError::OutcomeUnknown(cause) => self.not_written(run, cause, true).await,
            // A retry does not help, and clients must be informed soon.
            CommitError::Halted(cause) => self.given_up(run, &AppendError::Halted(cause)),
            CommitError::Broken(cause) => self.given_up(run, &AppendError::Broken(cause)),
        }
    }

    /// Handles a number taken by another writer, or a record that is already stored.
    async fn on_sequence_conflict(
        &mut self,
        mut run: PreparedBatch,
        write: usize,
        index: &'static str,
    ) {
        self.tail.forget();
        // A taken number violates the timeline index too, and an engine may report either one.
        if [self.log.decl.fence, self.log.decl.timeline].contains(&index) {
            self.log.tenant.store.stats().sequence_conflicts.add(1);
        }
        let begun = run.only_records() && write > 0;
        self.settle(&mut run.entries, &(Arc::new(Overtaken) as Cause), begun)
            .await;
        if index == self.log.decl.retry {
            self.answer_all_known(&mut run.entries).await;
        }
        self.requeue(run.entries.into_iter().map(|entry| entry.waiting));
    }

    /// Handles a failed write that accompanies a record; the whole batch has failed with it.
    ///
    /// A record of this very batch may be the cause, so the records before it are written first.
    /// The error is sent only if there are none.
    fn guard_write_failed(&mut self, mut run: PreparedBatch, write: usize, error: AppendError) {
        let Some(owner) = run.owner(write) else {
            return self.given_up(run, &AppendError::Broken(Arc::new(error)));
        };
        let mut behind: VecDeque<_> = run
            .entries
            .split_off(owner)
            .into_iter()
            .map(|entry| entry.waiting)
            .collect();
        let led = run.rows().next().is_none();
        self.requeue(run.entries.into_iter().map(|entry| entry.waiting));
        if led {
            if let Some(mut failed) = behind.pop_front() {
                self.log.refuse(&mut failed, error);
            }
            self.requeue(behind);
        } else {
            self.leave(behind);
        }
    }

    async fn not_written(&mut self, mut run: PreparedBatch, cause: Cause, unclear: bool) {
        tracing::warn!(error = %cause, unclear, "a run of records could not be written");
        self.tail.forget();
        for entry in run
            .entries
            .iter_mut()
            .filter(|entry| unclear && entry.row().is_some())
        {
            entry.waiting.unclear = true;
        }
        self.back_off().await;
        let begun = unclear || run.only_records();
        self.settle(&mut run.entries, &cause, begun).await;
        self.requeue(run.entries.into_iter().map(|entry| entry.waiting));
    }

    fn given_up(&mut self, run: PreparedBatch, error: &AppendError) {
        self.tail.forget();
        for mut entry in run.entries {
            self.log.refuse(&mut entry.waiting, error.clone());
        }
    }

    /// Sends the results of records of a failed batch that are stored nevertheless: by their ids,
    /// as a majority has them.
    ///
    /// `begun` says whether this attempt may have written some. Records with an unknown outcome are
    /// always checked.
    async fn settle(&mut self, entries: &mut [Entry], cause: &Cause, begun: bool) {
        let doubted =
            |entry: &&mut Entry| entry.waiting.unclear || (begun && entry.row().is_some());
        let mut doubted: Vec<_> = entries.iter_mut().filter(doubted).collect();
        let ids: Vec<ObjectId> = doubted.iter().map(|entry| entry.waiting.row.id).collect();
        if !ids.is_empty() {
            match self.log.engine().get(self.log.by_ids(ids)).await {
                Ok(rows) => {
                    let mut on_committed: HashMap<ObjectId, Row> =
                        rows.into_iter().map(|row| (row.id, row)).collect();
                    for entry in doubted {
                        if let Some(row) = on_committed.remove(&entry.waiting.row.id) {
                            self.log.tell(row.clone());
                            self.stands(entry, row);
                        }
                    }
                }
                Err(_) => doubted
                    .iter_mut()
                    .for_each(|entry| entry.waiting.unclear = true),
            }
        }
        self.give_up_late(entries.iter_mut().map(|entry| &mut entry.waiting), cause);
    }

    /// Fails the records whose deadline has passed.
    pub(super) fn give_up_late<'a>(
        &self,
        waiting: impl Iterator<Item = &'a mut PendingAppend>,
        cause: &Cause,
    ) {
        let now = Instant::now();
        for late in waiting.filter(|waiting| waiting.deadline < now) {
            self.log
                .refuse(late, AppendError::Unavailable(Arc::clone(cause)));
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the record is in the log, but not yet confirmed by a majority")]
struct NotConfirmed;

#[derive(Debug, thiserror::Error)]
#[error("conflict with another writer of the log in every attempt")]
struct Overtaken;
