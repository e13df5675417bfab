//! What follows from a try to write a run.

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
    /// The run stands: tells whoever asked, then whoever watches. Memory knows
    /// the head before either, and neither waits for a read about the others.
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

    /// What becomes of the records of a run that stands which did not go in.
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
            // Only what a majority has is answered; a primary may yet lose it.
            self.settle(&mut landed, &(Arc::new(NotConfirmed) as Cause), false)
                .await;
            self.tail.forget();
            self.requeue(landed.into_iter().map(|entry| entry.waiting));
        }
    }

    /// Answers a record that stands, and those behind it that are its retries.
    fn stands(&mut self, entry: &mut Entry, row: Row) {
        if let Verdict::Numbered(_, hints) = &mut entry.verdict {
            self.log.tell_all(std::mem::take(hints));
        }
        self.answer_twins(&entry.waiting, &row);
        self.log.answer(&mut entry.waiting, Ok(Answered::New(row)));
    }

    /// Tells those of the same retry key that wait for the next run.
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

    /// A refused retry of a record that stands is told of that record.
    async fn refused(&mut self, waiting: &mut PendingAppend, failure: Error) {
        match self.known(waiting).await {
            Ok(Some(row)) => self.answer_known(waiting, row),
            Ok(None) => self.log.refuse(waiting, AppendError::Refused(failure)),
            Err(error) => self.log.refuse(waiting, error.into()),
        }
    }

    /// The record that has the retry key of this one, as a majority has it.
    async fn known(&self, waiting: &PendingAppend) -> Result<Option<Row>, ReadError> {
        let Some(key) = waiting.retry_key.clone() else {
            return Ok(None);
        };
        let mut list = self.log.listing(self.log.decl.retry, key);
        list.newest = false;
        Ok(self.log.engine().list(list).await?.pop())
    }

    /// Where one record is a retry, as after a broken connection, others are
    /// too; found one by one, each would cost the whole run another try.
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

    /// Tells watchers again: whoever wrote the record may not have come to it.
    fn answer_known(&mut self, waiting: &mut PendingAppend, row: Row) {
        self.log.tell(row.clone());
        self.answer_twins(waiting, &row);
        self.log.answer(waiting, Ok(Answered::Known(row)));
    }

    /// The run does not stand as a whole: finds out what does, answers what
    /// can be answered, and keeps the rest for another try.
    pub(super) async fn recover(&mut self, run: PreparedBatch, error: CommitError) {
        match error {
            CommitError::Conflict { write, index } if run.is_record(write) => {
                self.on_sequence_conflict(run, write, index).await;
            }
            CommitError::Conflict { write, index } => {
                let collection = run.collections.get(write).copied().unwrap_or_default();
                self.failed_beside(run, write, AppendError::Conflict { collection, index });
            }
            CommitError::PreconditionFailed { write, current } => {
                self.failed_beside(run, write, AppendError::PreconditionFailed { current });
            }
            CommitError::LimitExceeded { write } => {
                self.failed_beside(run, write, AppendError::LimitExceeded);
            }
            CommitError::Unavailable(cause) => self.not_written(run, cause, false).await,
            CommitError::OutcomeUnknown(cause) => self.not_written(run, cause, true).await,
            // Waiting does not help, and clients need to know soon.
            CommitError::Halted(cause) => self.given_up(run, &AppendError::Halted(cause)),
            CommitError::Broken(cause) => self.given_up(run, &AppendError::Broken(cause)),
        }
    }

    /// A rival took the number, or the record stands already.
    async fn on_sequence_conflict(
        &mut self,
        mut run: PreparedBatch,
        write: usize,
        index: &'static str,
    ) {
        self.tail.forget();
        // A taken number is taken in the timeline too, and an engine names either.
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

    /// A write beside a record failed, and with it the whole run. What was in
    /// its way may be of this very run, so the records before it go first, and
    /// it is told only when there are none.
    fn failed_beside(&mut self, mut run: PreparedBatch, write: usize, error: AppendError) {
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

    /// Answers the records of a failed run that stand all the same: by their
    /// ids, as a majority has them. `begun` says whether this run's own try
    /// may have written some; those of an unclear one always may.
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

    /// Refuses the records that have waited long enough.
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
#[error("another writer of the log was faster each time")]
struct Overtaken;
