//! Group commit: inserts queued for one collection share a command, each with its own outcome.

use std::collections::VecDeque;
use std::sync::Arc;

use base::limit;
use mongodb::Collection;
use mongodb::bson::Document;
use mongodb::error::{ErrorKind, InsertManyError};
use store::statement::Commit;
use store::{Cause, CommitError, Declaration, Durability, Partition, Row, Stats};
use tokio::sync::oneshot;

use super::concern;
use crate::fault::{DUPLICATE_KEY, Fault, in_time};
use crate::queues::Queues;
use crate::{MongoEngine, document};

/// Reason why one insert of a group failed.
#[derive(Debug)]
enum Refusal {
    /// Duplicate key, with the server's message.
    Duplicate(String),
    /// Any other error.
    Other(CommitError),
}

/// Queued insert.
pub(crate) struct Waiting {
    document: Document,
    answer: oneshot::Sender<Result<(), Refusal>>,
}

/// Partition and name of a collection.
type Key = (Partition, &'static str);

/// Queued inserts by collection.
pub(crate) type Groups = Queues<Key, Waiting>;

impl MongoEngine {
    /// Inserts one document in a command that it may share with other inserts.
    pub(super) async fn insert_grouped(
        &self,
        commit: &Commit,
        declaration: &'static Declaration,
        row: &Row,
    ) -> Result<(), CommitError> {
        let document =
            document::from_row(declaration, *commit.tenant(), row).map_err(CommitError::Broken)?;
        let (answer, answered) = oneshot::channel();
        let key = (*commit.partition(), declaration.name);
        let needed = self.groups.push(key, Waiting { document, answer });
        if needed.map_err(|full| CommitError::Unavailable(Arc::new(full)))? {
            let collection = self.names.collection(*commit.partition(), declaration);
            let writer = Writer {
                groups: Arc::clone(&self.groups),
                stats: Arc::clone(&self.stats),
                key,
                collection,
            };
            // Runs in its own task, so that a cancelled request cannot cancel the inserts of
            // others.
            tokio::spawn(writer.drive(*commit.durability()));
        }
        match answered.await {
            Ok(Ok(())) => Ok(()),
            Ok(Err(Refusal::Duplicate(message))) => Err(self.conflict(commit, 0, &message).await),
            Ok(Err(Refusal::Other(error))) => Err(error),
            Err(dropped) => Err(CommitError::OutcomeUnknown(Arc::new(dropped))),
        }
    }
}

/// Task that inserts the queued documents of one collection until the queue is empty.
struct Writer {
    groups: Arc<Groups>,
    stats: Arc<Stats>,
    key: Key,
    collection: Collection<Document>,
}

impl Writer {
    async fn drive(self, durability: Durability) {
        loop {
            let group = self.groups.take(&self.key, some);
            if group.is_empty() && self.groups.leave(&self.key) {
                return;
            }
            if !group.is_empty() {
                self.insert(group, durability).await;
            }
        }
    }

    async fn insert(&self, group: Vec<Waiting>, durability: Durability) {
        let (documents, answers): (Vec<_>, Vec<_>) = group
            .into_iter()
            .map(|waiting| (waiting.document, waiting.answer))
            .unzip();
        self.stats.groups.add(1);
        self.stats.grouped.add(answers.len() as u64);
        let insert = self
            .collection
            .insert_many(documents)
            .ordered(false)
            .write_concern(concern(durability));
        let outcome = in_time(insert).await;
        let mut outcomes = outcomes(answers.len(), outcome.map(|_| ()));
        for answer in answers {
            // The caller may be gone; the document is stored nevertheless.
            let _ = answer.send(outcomes.next().unwrap_or(Ok(())));
        }
    }
}

fn some(waiting: &mut VecDeque<Waiting>) -> Vec<Waiting> {
    let count = waiting.len().min(limit::GROUP_COMMIT);
    waiting.drain(..count).collect()
}

/// Returns the outcome of each of the `count` inserts of a group.
fn outcomes(count: usize, outcome: Result<(), Fault>) -> std::vec::IntoIter<Result<(), Refusal>> {
    let all = |error: &CommitError| {
        (0..count)
            .map(|_| Err(Refusal::Other(error.clone())))
            .collect::<Vec<_>>()
    };
    let each = match outcome {
        Ok(()) => (0..count).map(|_| Ok(())).collect(),
        Err(Fault::Driver(error)) => match error.kind.as_ref() {
            ErrorKind::InsertMany(insert_error) => {
                outcome_of_each(count, insert_error, &(Arc::new(error.clone()) as Cause))
            }
            _ => all(&Fault::Driver(error).write()),
        },
        Err(fault) => all(&fault.write()),
    };
    each.into_iter()
}

fn outcome_of_each(
    count: usize,
    insert_error: &InsertManyError,
    cause: &Cause,
) -> Vec<Result<(), Refusal>> {
    let unclear = insert_error.write_concern_error.is_some();
    let stands = || {
        if unclear {
            Err(Refusal::Other(CommitError::OutcomeUnknown(Arc::clone(
                cause,
            ))))
        } else {
            Ok(())
        }
    };
    let mut each: Vec<_> = (0..count).map(|_| stands()).collect();
    for error in insert_error.write_errors.iter().flatten() {
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
