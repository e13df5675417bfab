//! Single writes that are not grouped, and batches of log records.

use std::sync::Arc;

use mongodb::bson::{Document, doc};
use mongodb::error::ErrorKind;
use mongodb::options::{Hint, ReadConcern};
use mongodb::{ClientSession, Collection};
use store::statement::Commit;
use store::{Cause, CommitError, Deletion, Write};

use super::operation::{self, Operation};
use super::remove_range::Removed;
use super::{UPSERTS, concern};
use crate::fault::{DUPLICATE_KEY, Fault, in_time};
use crate::{MongoEngine, document};

/// Reason why a write was not applied.
#[derive(Debug)]
pub(super) enum Refused {
    /// The command failed.
    Fault(Fault),
    /// A precondition of the write is not met.
    Says(CommitError),
}

impl From<Fault> for Refused {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

impl MongoEngine {
    pub(super) async fn write_one(&self, commit: &Commit) -> Result<(), CommitError> {
        let mut tries = 0;
        loop {
            tries += 1;
            match self.apply(commit, 0, None).await {
                Ok(()) => return Ok(()),
                Err(Refused::Says(error)) => return Err(error),
                Err(Refused::Fault(fault)) => match fault.duplicate() {
                    Some(_) if tries < UPSERTS && lost_the_race(&commit.writes()[0], &fault) => {}
                    Some(message) => return Err(self.conflict(commit, 0, message).await),
                    None => return Err(fault.write()),
                },
            }
        }
    }

    /// Applies the write at this position, within a transaction if there is a session.
    pub(super) async fn apply(
        &self,
        commit: &Commit,
        position: usize,
        mut session: Option<&mut ClientSession>,
    ) -> Result<(), Refused> {
        let write = &commit.writes()[position];
        if let (
            Write::RemoveRange {
                declaration,
                span,
                limit,
            },
            Some(session),
        ) = (write, session.as_deref_mut())
        {
            return self
                .remove_range(
                    commit,
                    Removed {
                        declaration,
                        span,
                        limit: *limit,
                    },
                    session,
                )
                .await;
        }
        let operation = operation::of(commit, write)
            .map_err(|cause| Refused::Says(CommitError::Broken(cause)))?;
        let collection = self
            .names
            .collection(*commit.partition(), write.declaration());
        self.record(*commit.partition(), write.declaration(), || {
            explained(collection.name(), &operation)
        })
        .await;
        let upsert = matches!(operation, Operation::Update { upsert: true, .. });
        let done = run(&collection, commit, operation, session.as_deref_mut()).await?;
        if done || upsert || !must_be_there(write) {
            return Ok(());
        }
        Err(Refused::Says(
            self.missed(&collection, commit, position, session).await?,
        ))
    }

    /// Returns the reason why an update or removal matched no document.
    async fn missed(
        &self,
        collection: &Collection<Document>,
        commit: &Commit,
        position: usize,
        session: Option<&mut ClientSession>,
    ) -> Result<CommitError, Fault> {
        let declaration = commit.writes()[position].declaration();
        let tenant = *commit.tenant();
        let filter = match &commit.writes()[position] {
            Write::Update {
                id,
                deletion: Deletion::Clear,
                ..
            }
            | Write::Remove { id, .. } => operation::stored(tenant, *id),
            Write::Update { id, .. } | Write::Increment { id, .. } | Write::Raise { id, .. } => {
                operation::living(declaration, tenant, *id)
            }
            Write::Insert { row, .. } | Write::Upsert { row, .. } => {
                operation::stored(tenant, row.id)
            }
            Write::RemoveRange { .. } => Document::new(),
        };
        let find = collection
            .find_one(filter)
            .projection(doc! { "__v": 1 })
            .hint(Hint::Name("_id_".to_owned()));
        let found = match session {
            Some(session) => in_time(find.session(session)).await?,
            // A conflicting write may not have reached a majority yet.
            None => in_time(find.read_concern(ReadConcern::local())).await?,
        };
        let present = found.is_some();
        let current = found.and_then(|found| found.get_i64("__v").ok());
        Ok(match &commit.writes()[position] {
            Write::Increment { .. } if present => CommitError::LimitExceeded { write: position },
            _ => CommitError::PreconditionFailed {
                write: position,
                current,
            },
        })
    }

    /// Inserts records of one log in order. If one fails, those before it may be stored.
    pub(super) async fn insert_run(&self, commit: &Commit) -> Result<(), CommitError> {
        let documents = documents(commit)?;
        let Some(first) = commit.writes().first() else {
            return Ok(());
        };
        let collection = self
            .names
            .collection(*commit.partition(), first.declaration());
        let insert = collection
            .insert_many(documents)
            .ordered(true)
            .write_concern(concern(*commit.durability()));
        self.stats.groups.add(1);
        self.stats.grouped.add(1);
        match in_time(insert).await {
            Ok(_) => Ok(()),
            Err(Fault::Driver(error)) => match error.kind.as_ref() {
                ErrorKind::InsertMany(failed) => {
                    match failed.write_errors.iter().flatten().next() {
                        Some(first) if first.code == DUPLICATE_KEY => {
                            Err(self.conflict(commit, first.index, &first.message).await)
                        }
                        Some(_) => Err(CommitError::Broken(Arc::new(error.clone()))),
                        None => Err(CommitError::OutcomeUnknown(Arc::new(error.clone()))),
                    }
                }
                _ => Err(Fault::Driver(error).write()),
            },
            Err(fault) => Err(fault.write()),
        }
    }
}

fn documents(commit: &Commit) -> Result<Vec<Document>, CommitError> {
    let inserted = commit.writes().iter().filter_map(|write| match write {
        Write::Insert { declaration, row } => {
            Some(document::from_row(declaration, *commit.tenant(), row))
        }
        _ => None,
    });
    inserted
        .collect::<Result<_, Cause>>()
        .map_err(CommitError::Broken)
}

/// Returns whether an upsert lost a race against a concurrent insert of the same key. Another
/// attempt finds that document.
pub(super) fn lost_the_race(write: &Write, fault: &Fault) -> bool {
    let Write::Upsert {
        declaration, index, ..
    } = write
    else {
        return false;
    };
    fault
        .duplicate()
        .and_then(|message| crate::fault::index_in(declaration, message))
        == Some(index.name)
}

/// Returns whether a write fails if its document does not exist.
const fn must_be_there(write: &Write) -> bool {
    match write {
        Write::Update { .. } | Write::Increment { .. } => true,
        Write::Remove { required, .. } => *required,
        Write::Insert { .. }
        | Write::Upsert { .. }
        | Write::Raise { .. }
        | Write::RemoveRange { .. } => false,
    }
}

/// Runs the command. Returns whether it matched or created a document.
async fn run(
    collection: &Collection<Document>,
    commit: &Commit,
    operation: Operation,
    session: Option<&mut ClientSession>,
) -> Result<bool, Fault> {
    let alone = session.is_none().then(|| concern(*commit.durability()));
    match operation {
        Operation::Insert(document) => {
            let action = alone.into_iter().fold(
                collection.insert_one(document),
                mongodb::action::InsertOne::write_concern,
            );
            match session {
                Some(session) => in_time(action.session(session)).await.map(|_| true),
                None => in_time(action).await.map(|_| true),
            }
        }
        Operation::Update {
            filter,
            update,
            hint,
            upsert,
        } => {
            let action = collection
                .update_one(filter, update)
                .upsert(upsert)
                .hint(Hint::Name(hint.to_owned()));
            let action = alone
                .into_iter()
                .fold(action, mongodb::action::Update::write_concern);
            let done = match session {
                Some(session) => in_time(action.session(session)).await?,
                None => in_time(action).await?,
            };
            Ok(done.matched_count > 0 || done.upserted_id.is_some())
        }
        Operation::Remove(filter) => {
            let action = collection
                .delete_one(filter)
                .hint(Hint::Name("_id_".to_owned()));
            let action = alone
                .into_iter()
                .fold(action, mongodb::action::Delete::write_concern);
            let done = match session {
                Some(session) => in_time(action.session(session)).await?,
                None => in_time(action).await?,
            };
            Ok(done.deleted_count > 0)
        }
    }
}

/// Returns the command to explain. Inserts have no plan: the command is empty.
fn explained(collection: &str, operation: &Operation) -> Document {
    match operation {
        Operation::Insert(_) => Document::new(),
        Operation::Update {
            filter,
            update,
            hint,
            upsert,
        } => doc! { "update": collection, "updates": [
            { "q": filter.clone(), "u": update.clone(), "hint": *hint, "upsert": *upsert },
        ] },
        Operation::Remove(filter) => doc! { "delete": collection, "deletes": [
            { "q": filter.clone(), "limit": 1, "hint": "_id_" },
        ] },
    }
}
