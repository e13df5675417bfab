//! Group commit: inserts that wait for one collection go together in one
//! command, each with its own outcome.

use std::collections::{HashMap, VecDeque};
use std::pin::pin;
use std::sync::Arc;

use base::limit;
use mongodb::Collection;
use mongodb::bson::Document;
use mongodb::error::{ErrorKind, InsertManyError};
use parking_lot::Mutex;
use store::statement::Commit;
use store::{Cause, CommitError, Declaration, Durability, Place, Row, Stats};
use tokio::sync::{Notify, oneshot};

use super::{concern, full};
use crate::fault::{DUPLICATE_KEY, Fault, in_time};
use crate::{MongoEngine, document};

/// Insert commands under way at once for one collection. With fewer, a
/// waiting insert would sit out a whole round trip to the majority.
const IN_FLIGHT: usize = 4;

type Key = (Place, &'static str);

/// Why one insert of a group does not stand.
#[derive(Debug)]
enum Refusal {
    /// The server's words about a duplicate key.
    Duplicate(String),
    /// Whatever else.
    Other(CommitError),
}

struct Waiting {
    document: Document,
    answer: oneshot::Sender<Result<(), Refusal>>,
}

#[derive(Default)]
struct Queue {
    waiting: VecDeque<Waiting>,
    in_flight: usize,
}

/// The inserts that wait, by collection.
#[derive(Default)]
pub(crate) struct Groups {
    queues: Mutex<HashMap<Key, Queue>>,
    idle: Notify,
}

impl MongoEngine {
    /// Inserts one document in the company of others.
    pub(super) async fn insert_grouped(
        &self,
        commit: &Commit,
        declaration: &'static Declaration,
        row: &Row,
    ) -> Result<(), CommitError> {
        let document = document::from_row(declaration, *commit.tenant(), row).map_err(CommitError::Broken)?;
        let (answer, answered) = oneshot::channel();
        let key = (*commit.place(), declaration.name);
        if self.groups.push(key, Waiting { document, answer })? {
            let collection = self.names.collection(*commit.place(), declaration);
            let writer = Writer { groups: Arc::clone(&self.groups), stats: Arc::clone(&self.stats), key, collection };
            // Its own task, so that a dropped request can never be the writer of others.
            tokio::spawn(writer.drive(*commit.durability()));
        }
        match answered.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Refusal::Duplicate(message))) => Err(self.conflict(commit, 0, &message).await),
            Ok(Err(Refusal::Other(error))) => Err(error),
            Err(dropped) => Err(CommitError::Unclear(Arc::new(dropped))),
        }
    }
}

impl Groups {
    /// Queues an insert; says whether another writer is needed.
    fn push(&self, key: Key, waiting: Waiting) -> Result<bool, CommitError> {
        let mut queues = self.queues.lock();
        let queue = queues.entry(key).or_default();
        if queue.waiting.len() >= limit::WRITER_QUEUE {
            return Err(full());
        }
        queue.waiting.push_back(waiting);
        let needed = queue.in_flight < IN_FLIGHT;
        queue.in_flight += usize::from(needed);
        Ok(needed)
    }

    /// Waits until nothing waits.
    pub(crate) async fn idle(&self) {
        let mut idle = pin!(self.idle.notified());
        idle.as_mut().enable();
        if !self.queues.lock().is_empty() {
            idle.await;
        }
    }

    fn take(&self, key: Key) -> Vec<Waiting> {
        let mut queues = self.queues.lock();
        let Some(queue) = queues.get_mut(&key) else { return Vec::new() };
        let count = queue.waiting.len().min(limit::GROUP_COMMIT);
        queue.waiting.drain(..count).collect()
    }
}

/// Writes what waits for one collection until nothing does.
struct Writer {
    groups: Arc<Groups>,
    stats: Arc<Stats>,
    key: Key,
    collection: Collection<Document>,
}

impl Writer {
    async fn drive(self, durability: Durability) {
        loop {
            let group = self.groups.take(self.key);
            if group.is_empty() && self.leave() {
                return;
            }
            if !group.is_empty() {
                self.insert(group, durability).await;
            }
        }
    }

    /// Stops being a writer, unless something came in the meantime.
    fn leave(&self) -> bool {
        let mut queues = self.groups.queues.lock();
        let Some(queue) = queues.get_mut(&self.key) else { return true };
        if !queue.waiting.is_empty() {
            return false;
        }
        queue.in_flight -= 1;
        if queue.in_flight == 0 {
            queues.remove(&self.key);
        }
        if queues.is_empty() {
            self.groups.idle.notify_waiters();
        }
        true
    }

    async fn insert(&self, group: Vec<Waiting>, durability: Durability) {
        let (documents, answers): (Vec<_>, Vec<_>) =
            group.into_iter().map(|waiting| (waiting.document, waiting.answer)).unzip();
        self.stats.groups.add(1);
        self.stats.grouped.add(answers.len() as u64);
        let insert = self.collection.insert_many(documents).ordered(false).write_concern(concern(durability));
        let outcome = in_time(insert).await;
        let mut outcomes = outcomes(answers.len(), outcome.map(|_| ()));
        for answer in answers {
            // Whoever asked may be gone; the document stands all the same.
            let _ = answer.send(outcomes.next().unwrap_or(Ok(())));
        }
    }
}

/// What became of each insert of a group.
fn outcomes(count: usize, outcome: Result<(), Fault>) -> std::vec::IntoIter<Result<(), Refusal>> {
    let all = |error: &CommitError| (0..count).map(|_| Err(Refusal::Other(error.clone()))).collect::<Vec<_>>();
    let each = match outcome {
        Ok(()) => (0..count).map(|_| Ok(())).collect(),
        Err(Fault::Driver(error)) => match error.kind.as_ref() {
            ErrorKind::InsertMany(told) => told_apart(count, told, &(Arc::new(error.clone()) as Cause)),
            _ => all(&Fault::Driver(error).write()),
        },
        Err(fault) => all(&fault.write()),
    };
    each.into_iter()
}

fn told_apart(count: usize, told: &InsertManyError, cause: &Cause) -> Vec<Result<(), Refusal>> {
    let unclear = told.write_concern_error.is_some();
    let stands = || if unclear { Err(Refusal::Other(CommitError::Unclear(Arc::clone(cause)))) } else { Ok(()) };
    let mut each: Vec<_> = (0..count).map(|_| stands()).collect();
    for error in told.write_errors.iter().flatten() {
        let refusal = if error.code == DUPLICATE_KEY {
            Refusal::Duplicate(error.message.clone())
        } else {
            Refusal::Other(CommitError::Broken(Arc::clone(cause)))
        };
        if let Some(outcome) = each.get_mut(error.index) {
            *outcome = Err(refusal);
        }
    }
    each
}
