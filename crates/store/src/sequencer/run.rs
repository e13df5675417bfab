//! Writes one run of records: behind the head, again when a rival was
//! faster, and without ever answering what the store did not confirm.

use std::collections::{HashMap, VecDeque};
use std::sync::Arc;
use std::time::Duration;

use base::{ObjectId, Timestamp};
use tokio::time::Instant;

use super::assemble::{Assembled, Verdict, assemble};
use super::queue::{Answer, Answered, LogRef, Waiting};
use super::tail::Tail;
use crate::batch::Write;
use crate::collection::Row;
use crate::declaration::Durability;
use crate::engine::{Cause, CommitError, ReadError};
use crate::hint::Hint;
use crate::log::AppendError;
use crate::query::{Range, Span};
use crate::statement::{Commit, Get, Heads, List, Target};
use crate::value::Value;

/// Records since a guard looked that are read to show it; beyond, the room looks again.
const SHOWN_TO_GUARDS: i64 = 1_000;

/// How long a run goes on trying while the store cannot write.
const PATIENCE: Duration = Duration::from_secs(15);

/// The pause after a failed try, and its largest value.
const PAUSE: (Duration, Duration) = (Duration::from_millis(20), Duration::from_millis(500));

pub(super) struct Run {
    log: LogRef,
    waiting: VecDeque<Waiting>,
    left: VecDeque<Waiting>,
    tail: Tail,
    deadline: Instant,
    pause: Duration,
    /// Whether a try ended without the store saying what became of it.
    unclear: bool,
}

impl Run {
    pub(super) fn new(log: LogRef, waiting: VecDeque<Waiting>, tail: Tail) -> Self {
        let deadline = Instant::now() + PATIENCE;
        Self { log, waiting, left: VecDeque::new(), tail, deadline, pause: PAUSE.0, unclear: false }
    }

    /// Writes until every record has its answer or must wait for the next run.
    pub(super) async fn write(mut self) -> (VecDeque<Waiting>, Tail) {
        while !self.waiting.is_empty() {
            match self.ready().await {
                Ok(head) => self.attempt(head).await,
                Err(error) => self.rest_or_give_up(error.into()).await,
            }
        }
        (self.left, self.tail)
    }

    fn target(&self) -> Target {
        Target { place: self.log.tenant.place, tenant: Some(self.log.tenant.id()), declaration: self.log.declaration }
    }

    /// Reads what numbering and guards need: the head and the records since.
    async fn ready(&mut self) -> Result<(i64, Timestamp), ReadError> {
        let head = match self.tail.head() {
            Some(head) => head,
            None => self.read_head().await?,
        };
        let oldest = self.waiting.iter().map(|waiting| waiting.seen).min().unwrap_or(head.0);
        if !self.tail.covers(oldest) {
            self.read_tail(oldest.max(head.0 - SHOWN_TO_GUARDS), head.0).await?;
        }
        Ok(head)
    }

    async fn read_head(&mut self) -> Result<(i64, Timestamp), ReadError> {
        let heads = Heads { target: self.target(), logs: vec![self.log.log], newest: true };
        let found = self.log.tenant.store.0.engine.heads(heads).await?.pop();
        let head = found.map_or((0, Timestamp::EPOCH), |head| (head.seq, head.created_at));
        self.tail.reload(head.0, head.1);
        Ok(head)
    }

    async fn read_tail(&mut self, from: i64, head: i64) -> Result<(), ReadError> {
        let bounds = (std::ops::Bound::Excluded(Value::Int(from)), std::ops::Bound::Included(Value::Int(head)));
        let mut list = self.listing(self.log.decl.fence, vec![Value::Id(self.log.log)]);
        list.span.range = Range::Between(bounds.0, bounds.1);
        list.limit = usize::try_from(head - from).unwrap_or(0);
        let rows = self.log.tenant.store.0.engine.list(list).await?;
        let whole = i64::try_from(rows.len()).is_ok_and(|count| count == head - from);
        if whole {
            self.tail.fill(rows);
            Ok(())
        } else {
            self.tail.forget();
            Err(ReadError::Unavailable(Arc::new(HeadMoved)))
        }
    }

    fn listing(&self, index: &'static str, prefix: Vec<Value>) -> List {
        let index = self.log.declaration.index(index).unwrap_or(&self.log.declaration.indexes[0]);
        List {
            target: self.target(),
            span: Span { index, prefix, range: Range::All },
            direction: base::Direction::Forward,
            limit: 1,
            after: None,
            newest: true,
            deleted: true,
            now: self.log.tenant.context().now(),
        }
    }

    async fn attempt(&mut self, head: (i64, Timestamp)) {
        let mut run = assemble(&self.log, std::mem::take(&mut self.waiting), &self.tail, head);
        self.left.append(&mut run.left);
        if run.writes.is_empty() {
            self.stand(run);
            return;
        }
        let commit = Commit {
            place: self.log.tenant.place,
            tenant: Some(self.log.tenant.id()),
            durability: Durability::Durable,
            run: run.only_records(),
            writes: std::mem::take(&mut run.writes),
        };
        let watched: Vec<_> = commit.writes.iter().filter(|write| write.declaration().watched).cloned().collect();
        let declarations: Vec<_> = commit.writes.iter().map(|write| write.declaration().name).collect();
        #[cfg(feature = "proof")]
        if super::planted::answer_before_commit() {
            run.entries.iter_mut().for_each(|(waiting, verdict)| {
                if let Verdict::Numbered(row) = verdict {
                    self.log.answer(waiting, Ok(Answered::New(Row::clone(row))));
                }
            });
        }
        match self.log.tenant.store.0.engine.commit(commit).await {
            Ok(()) => {
                self.tell_watchers(&watched);
                self.stand(run);
            }
            Err(error) => self.recover(run, error, &declarations).await,
        }
    }

    /// The run stands: tells whoever watches, then whoever asked.
    fn stand(&mut self, run: Assembled) {
        let rows: Vec<_> = run.rows().cloned().collect();
        if let Some(head) = rows.last().and_then(|row| self.log.seq_of(row)) {
            self.tail.push(head, rows.iter().cloned());
            self.log.count(rows.len());
            self.tell(head, rows);
        }
        for (mut waiting, verdict) in run.entries {
            let answer = match verdict {
                Verdict::Numbered(row) => Ok(Answered::New(Row::clone(&row))),
                Verdict::Refused(failure) => Err(AppendError::Refused(failure)),
                Verdict::Behind => Err(AppendError::Behind),
            };
            self.log.answer(&mut waiting, answer);
        }
    }

    fn tell(&self, head: i64, rows: Vec<Arc<Row>>) {
        let (tenant, declaration, log) = (self.log.tenant.id(), self.log.declaration, self.log.log);
        self.log.tenant.store.0.tell(Hint::Grew { tenant, declaration, log, head, rows });
    }

    fn tell_watchers(&self, writes: &[Write]) {
        for hint in crate::handle::watched(Some(self.log.tenant.id()), writes) {
            self.log.tenant.store.0.tell(hint);
        }
    }

    /// The run does not stand as a whole: finds out what does, answers what
    /// can be answered, and keeps the rest for another try.
    async fn recover(&mut self, mut run: Assembled, error: CommitError, declarations: &[&'static str]) {
        let owners = std::mem::take(&mut run.owner);
        let owner = |write: usize| owners.get(write).copied();
        let fence = |index: &str| index == self.log.decl.fence || index == "_id";
        self.tail.forget();
        match &error {
            CommitError::Conflict { write, index } if declarations.get(*write) == Some(&self.log.declaration.name) => {
                if fence(index) {
                    self.log.tenant.store.stats().lost_fences.add(1);
                }
                let retried = owner(*write).filter(|_| *index == self.log.decl.retry);
                self.settle(&mut run, None).await;
                if let Some(entry) = retried {
                    self.answer_known(&mut run, entry).await;
                }
            }
            CommitError::Conflict { write, index } => {
                let collection = declarations.get(*write).copied().unwrap_or_default();
                answer_entry(&self.log, &mut run, owner(*write), AppendError::Conflict { collection, index });
            }
            CommitError::Stale { write, current } => {
                answer_entry(&self.log, &mut run, owner(*write), AppendError::Stale { current: *current });
            }
            CommitError::Exceeded { write } => answer_entry(&self.log, &mut run, owner(*write), AppendError::Exceeded),
            CommitError::Unavailable(cause) => self.settle(&mut run, Some((cause, false))).await,
            CommitError::Unclear(cause) => self.settle(&mut run, Some((cause, true))).await,
            CommitError::Broken(cause) => {
                for (waiting, _) in &mut run.entries {
                    self.log.answer(waiting, Err(AppendError::Broken(Arc::clone(cause))));
                }
            }
        }
        let unanswered = run.entries.into_iter().map(|(waiting, _)| waiting).filter(|waiting| waiting.answer.is_some());
        self.waiting.extend(unanswered);
    }

    /// Answers the records of a failed run that stand all the same: by their
    /// ids, by a majority read.
    async fn settle(&mut self, run: &mut Assembled, failed: Option<(&Cause, bool)>) {
        if let Some((cause, unclear)) = failed {
            self.unclear |= unclear;
            tracing::warn!(error = %cause, unclear, "a run of records could not be written");
            self.pause().await;
        }
        let ids: Vec<ObjectId> = run.entries.iter().map(|(waiting, _)| waiting.row.id).collect();
        let get = Get { target: self.target(), ids, deleted: true, now: self.log.tenant.context().now() };
        match self.log.tenant.store.0.engine.get(get).await {
            Ok(rows) => {
                let stand: HashMap<ObjectId, Row> = rows.into_iter().map(|row| (row.id, row)).collect();
                self.answer_standing(run, stand);
                if failed.is_some() && Instant::now() > self.deadline {
                    self.give_up(run.entries.iter_mut().map(|(waiting, _)| waiting), failed);
                }
            }
            Err(_) if Instant::now() > self.deadline => {
                self.unclear = true;
                self.give_up(run.entries.iter_mut().map(|(waiting, _)| waiting), failed);
            }
            Err(_) => self.unclear = true,
        }
    }

    fn answer_standing(&self, run: &mut Assembled, mut stand: HashMap<ObjectId, Row>) {
        for (waiting, _) in &mut run.entries {
            if let Some(row) = stand.remove(&waiting.row.id) {
                if let Some(seq) = self.log.seq_of(&row) {
                    self.tell(seq, vec![Arc::new(row.clone())]);
                }
                self.log.answer(waiting, Ok(Answered::New(row)));
            }
        }
    }

    /// The record's retry key is taken: the record that has it is the answer.
    /// It may not be visible to a majority yet; then the next round finds it.
    async fn answer_known(&self, run: &mut Assembled, entry: usize) {
        let Some((waiting, _)) = run.entries.get_mut(entry) else { return };
        let Some(key) = waiting.retry_key.clone().filter(|_| waiting.answer.is_some()) else { return };
        let mut list = self.listing(self.log.decl.retry, key);
        list.newest = false;
        if let Ok(mut found) = self.log.tenant.store.0.engine.list(list).await
            && let Some(row) = found.pop()
        {
            if let Some(seq) = self.log.seq_of(&row) {
                self.tell(seq, vec![Arc::new(row.clone())]);
            }
            self.log.answer(waiting, Ok(Answered::Known(row)));
        }
    }

    async fn pause(&mut self) {
        tokio::time::sleep(self.pause).await;
        self.pause = (self.pause * 2).min(PAUSE.1);
    }

    /// The head cannot be read: tries again for a while, then says so.
    async fn rest_or_give_up(&mut self, error: AppendError) {
        self.tail.forget();
        let broken = matches!(error, AppendError::Broken(_));
        if broken || Instant::now() > self.deadline {
            let error = if self.unclear { AppendError::Unclear(Arc::new(error)) } else { error };
            for mut waiting in std::mem::take(&mut self.waiting) {
                self.log.answer(&mut waiting, Err(error.clone()));
            }
        } else {
            self.pause().await;
        }
    }

    fn give_up<'a>(&self, waiting: impl Iterator<Item = &'a mut Waiting>, failed: Option<(&Cause, bool)>) {
        let cause: Cause = failed.map_or_else(|| Arc::new(HeadMoved) as Cause, |(cause, _)| Arc::clone(cause));
        for waiting in waiting {
            let cause = Arc::clone(&cause);
            let error = if self.unclear { AppendError::Unclear(cause) } else { AppendError::Unavailable(cause) };
            self.log.answer(waiting, Err(error));
        }
    }
}

fn answer_entry(log: &LogRef, run: &mut Assembled, entry: Option<usize>, error: AppendError) {
    if let Some((waiting, _)) = entry.and_then(|entry| run.entries.get_mut(entry)) {
        log.answer(waiting, Err(error));
    }
}

impl LogRef {
    fn seq_of(&self, row: &Row) -> Option<i64> {
        match row.field(self.declaration, self.decl.seq) {
            Some(Value::Int(seq)) => Some(seq),
            _ => None,
        }
    }

    fn count(&self, records: usize) {
        let stats = self.tenant.store.stats();
        stats.runs.add(1);
        stats.records.add(records as u64);
    }

    /// Answers once; a record that was answered already is left alone.
    fn answer(&self, waiting: &mut Waiting, answer: Answer) {
        let gone = waiting.answer.take().is_some_and(|sender| sender.send(answer).is_err());
        if gone {
            self.tenant.store.stats().abandoned.add(1);
        }
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the end of the log moved while it was read")]
struct HeadMoved;
