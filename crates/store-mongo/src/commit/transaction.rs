//! Several writes in one transaction.

use std::time::Duration;

use mongodb::ClientSession;
use mongodb::bson::Document;
use mongodb::error::ErrorKind;
use mongodb::options::ReadConcern;
use store::statement::Commit;
use store::{CommitError, Write};

use super::concern;
use super::single_write::{Refused, lost_the_race};
use super::update_together::is_plain;
use crate::fault::{DUPLICATE_KEY, Fault, in_time};
use crate::{MongoEngine, document};

/// Maximum attempts of a transaction before the store counts as unavailable.
const TRIES: u32 = 8;
/// Maximum attempts to commit while the outcome is unknown.
const COMMITS: u32 = 3;
/// Base delay between attempts; it doubles with each attempt.
const PAUSE: Duration = Duration::from_millis(2);

/// Reason why one attempt of a transaction failed.
pub(super) enum Failed {
    /// Nothing was written; another attempt may succeed.
    Passing(Fault),
    /// A unique index contains the key already: position of the write and the server's message.
    Duplicate(usize, String),
    /// One write of a combined command failed. The next attempt runs each write as its own command
    /// to find out which.
    Apart,
    Final(CommitError),
}

impl MongoEngine {
    pub(super) async fn write_together(&self, commit: &Commit) -> Result<(), CommitError> {
        let _turns = self.turns.take(commit).await;
        let mut tries = 0;
        let mut apart = false;
        loop {
            tries += 1;
            let passing = match self.try_together(commit, apart).await {
                Err(Failed::Apart) => {
                    apart = true;
                    continue;
                }
                Ok(()) => {
                    self.count_records(commit);
                    return Ok(());
                }
                Err(Failed::Final(error)) => return Err(error),
                Err(Failed::Duplicate(write, message)) => {
                    return Err(self.conflict(commit, write, &message).await);
                }
                Err(Failed::Passing(fault)) => fault,
            };
            if tries == TRIES {
                return Err(CommitError::Unavailable(passing.cause()));
            }
            tokio::time::sleep(PAUSE * 2u32.pow(tries)).await;
        }
    }

    async fn try_together(&self, commit: &Commit, apart: bool) -> Result<(), Failed> {
        let mut session = in_time(self.client.start_session())
            .await
            .map_err(Failed::Passing)?;
        let begin = session
            .start_transaction()
            .read_concern(ReadConcern::majority());
        in_time(begin.write_concern(concern(*commit.durability())))
            .await
            .map_err(Failed::Passing)?;
        match self.write_all(commit, apart, &mut session).await {
            Ok(()) => finish(&mut session).await,
            Err(failed) => {
                // The server aborts abandoned transactions itself; this frees its resources
                // earlier.
                let _ = in_time(session.abort_transaction()).await;
                Err(failed)
            }
        }
    }

    /// Writes the log records first, then the rest in order: the other writes may change a record,
    /// never the reverse.
    async fn write_all(
        &self,
        commit: &Commit,
        apart: bool,
        session: &mut ClientSession,
    ) -> Result<(), Failed> {
        let (records, rest): (Vec<usize>, Vec<usize>) =
            (0..commit.writes().len()).partition(|position| is_record(&commit.writes()[*position]));
        for run in [records, rest]
            .concat()
            .chunk_by(|left, right| go_together(commit, apart, *left, *right))
        {
            match run {
                [position] => {
                    let outcome = self.apply(commit, *position, Some(session)).await;
                    outcome.map_err(|refused| {
                        error_of(&commit.writes()[*position], *position, refused)
                    })?;
                }
                [first, ..] if is_plain(&commit.writes()[*first]) => {
                    self.update_together(commit, run, session).await?;
                }
                _ => self.insert_together(commit, run, session).await?,
            }
        }
        Ok(())
    }

    /// Inserts documents into one collection with one command.
    async fn insert_together(
        &self,
        commit: &Commit,
        positions: &[usize],
        session: &mut ClientSession,
    ) -> Result<(), Failed> {
        let Some(declaration) = positions
            .first()
            .map(|first| commit.writes()[*first].declaration())
        else {
            return Ok(());
        };
        let rows = positions
            .iter()
            .filter_map(|position| inserted(&commit.writes()[*position]));
        let documents = rows.map(|row| document::from_row(declaration, *commit.tenant(), row));
        let documents: Vec<Document> = documents
            .collect::<Result<_, _>>()
            .map_err(|cause| Failed::Final(CommitError::Broken(cause)))?;
        let collection = self.names.collection(*commit.partition(), declaration);
        let insert = collection
            .insert_many(documents)
            .ordered(true)
            .session(session);
        let Err(fault) = in_time(insert).await else {
            return Ok(());
        };
        if let Fault::Driver(error) = &fault
            && let ErrorKind::InsertMany(insert_error) = error.kind.as_ref()
            && let Some(first) = insert_error
                .write_errors
                .iter()
                .flatten()
                .find(|error| error.code == DUPLICATE_KEY)
        {
            let position = positions.get(first.index).copied().unwrap_or_default();
            return Err(Failed::Duplicate(position, first.message.clone()));
        }
        Err(passing_or_final(fault))
    }

    fn count_records(&self, commit: &Commit) {
        let records = commit
            .writes()
            .iter()
            .filter(|write| is_record(write))
            .count();
        if records > 0 {
            self.stats.transactions.add(1);
            self.stats.transaction_records.add(records as u64);
        }
    }
}

/// Returns whether a write inserts a log record.
fn is_record(write: &Write) -> bool {
    write.declaration().log.is_some() && inserted(write).is_some()
}

/// Returns whether one command can do both writes.
fn go_together(commit: &Commit, apart: bool, left: usize, right: usize) -> bool {
    let left = &commit.writes()[left];
    let right = &commit.writes()[right];
    let alike = (inserted(left).is_some() && inserted(right).is_some())
        || (!apart && is_plain(left) && is_plain(right));
    alike && left.declaration().name == right.declaration().name
}

fn inserted(write: &Write) -> Option<&store::Row> {
    if let Write::Insert { row, .. } = write {
        Some(row.as_ref())
    } else {
        None
    }
}

fn error_of(write: &Write, position: usize, refused: Refused) -> Failed {
    match refused {
        Refused::Says(error) => Failed::Final(error),
        Refused::Fault(fault) if lost_the_race(write, &fault) => Failed::Passing(fault),
        Refused::Fault(fault) => match fault.duplicate() {
            Some(message) => Failed::Duplicate(position, message.to_owned()),
            None => passing_or_final(fault),
        },
    }
}

/// Classifies a fault before the commit, when nothing is written yet.
pub(super) fn passing_or_final(fault: Fault) -> Failed {
    if fault.has_label("TransientTransactionError") || fault.passes() {
        Failed::Passing(fault)
    } else {
        Failed::Final(CommitError::Broken(fault.cause()))
    }
}

async fn finish(session: &mut ClientSession) -> Result<(), Failed> {
    let mut tries = 0;
    loop {
        tries += 1;
        match in_time(session.commit_transaction()).await {
            Ok(()) => return Ok(()),
            Err(fault) if fault.has_label("TransientTransactionError") => {
                return Err(Failed::Passing(fault));
            }
            Err(fault) if tries < COMMITS && fault.has_label("UnknownTransactionCommitResult") => {}
            Err(fault) => return Err(Failed::Final(CommitError::OutcomeUnknown(fault.cause()))),
        }
    }
}
