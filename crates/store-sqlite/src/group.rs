//! Group commit: all waiting batches are written in one transaction with one sync.
//!
//! Each batch runs in its own savepoint. A batch with a single statement needs no savepoint: a
//! failed statement is rolled back, and a savepoint would first copy every page that it changes.

use std::sync::Arc;

use store::CommitError;

use crate::connection::Connection;
use crate::failure::{self, stop_after_failed_sync};

/// Writes that are applied together or not at all.
pub(crate) trait Batch {
    /// Returns the number of statements that write.
    fn statements(&self) -> usize;
}

/// Writes batches in one transaction and returns the outcome of each. A rejected batch leaves no
/// changes and does not affect the others. If the transaction fails, all batches fail.
pub(crate) fn write_together<B: Batch>(
    connection: &Connection,
    batches: &[B],
    write: impl Fn(&B) -> Result<(), CommitError>,
) -> Vec<Result<(), CommitError>> {
    transaction(connection, batches, write).unwrap_or_else(|error| {
        // After some errors no transaction is open, so there is nothing to roll back.
        if !connection.raw().is_autocommit()
            && let Err(error) = connection.command("ROLLBACK")
        {
            tracing::error!(%error, "a group could not be rolled back");
        }
        batches.iter().map(|_| Err(error.clone())).collect()
    })
}

type Outcome = Result<(), CommitError>;

/// Returns the outcomes if the transaction is committed, and the error of all batches otherwise.
fn transaction<B: Batch>(
    connection: &Connection,
    batches: &[B],
    write: impl Fn(&B) -> Outcome,
) -> Result<Vec<Outcome>, CommitError> {
    connection
        .command("BEGIN IMMEDIATE")
        .map_err(failure::of_commit)?;
    let outcome = |batch: &B| match batch.statements() {
        ..=1 => whole(connection, write(batch)),
        _ => savepoint(connection, || write(batch)),
    };
    let outcomes = batches.iter().map(outcome).collect::<Result<_, _>>()?;
    connection.command("COMMIT").map_err(|error| {
        stop_after_failed_sync(&error);
        failure::of_last_step(error)
    })?;
    Ok(outcomes)
}

/// Runs a batch in a savepoint and returns its outcome. The outer error fails the transaction.
fn savepoint(
    connection: &Connection,
    write: impl FnOnce() -> Outcome,
) -> Result<Outcome, CommitError> {
    connection
        .command("SAVEPOINT batch")
        .map_err(failure::of_commit)?;
    let outcome = whole(connection, write())?;
    if outcome.is_err() {
        connection
            .command("ROLLBACK TO batch")
            .map_err(failure::of_commit)?;
    }
    connection
        .command("RELEASE batch")
        .map_err(failure::of_commit)?;
    Ok(outcome)
}

/// Returns the outcome, or fails if its error has rolled back the whole transaction.
///
/// A halting error such as a full disk is then the error of all batches. Any other error concerns
/// only one batch and is replaced by [`TransactionGone`].
fn whole(connection: &Connection, outcome: Outcome) -> Result<Outcome, CommitError> {
    match outcome {
        Err(error) if connection.raw().is_autocommit() => Err(match error {
            CommitError::Halted(_) => error,
            _ => CommitError::Unavailable(Arc::new(TransactionGone)),
        }),
        outcome => Ok(outcome),
    }
}

/// Error of all batches after the error of one batch has rolled back the transaction.
#[derive(Debug, thiserror::Error)]
#[error("the transaction was rolled back because of another write in it")]
struct TransactionGone;

#[cfg(test)]
mod tests {
    use super::*;
    use crate::connection::DbFile;
    use crate::db_file_kind::DbFileKind;

    /// Returns a connection to a new file with a table and space for `pages` pages, and the
    /// directory of the file.
    fn narrow(pages: u32) -> (Connection, tempfile::TempDir) {
        let folder = tempfile::tempdir().unwrap();
        let location = DbFileKind::Durable(store::Partition::Shared);
        let site = DbFile {
            location,
            path: location.path(folder.path()),
            plans: None,
        };
        let connection = Connection::writing(&site).unwrap();
        connection
            .command("CREATE TABLE t (size INTEGER PRIMARY KEY, bytes BLOB)")
            .unwrap();
        connection
            .raw()
            .pragma_update(None, "max_page_count", pages)
            .unwrap();
        (connection, folder)
    }

    impl Batch for i64 {
        /// Odd sizes are written in a savepoint.
        fn statements(&self) -> usize {
            1 + usize::from(self % 2 == 1)
        }
    }

    fn write(connection: &Connection, size: i64) -> Outcome {
        let text = "INSERT INTO t VALUES (?1, zeroblob(?1))";
        connection
            .raw()
            .execute(text, [size])
            .map(|_| ())
            .map_err(failure::of_commit)
    }

    fn stored(connection: &Connection) -> Vec<i64> {
        let mut statement = connection
            .raw()
            .prepare("SELECT size FROM t ORDER BY size")
            .unwrap();
        statement
            .query_map([], |row| row.get(0))
            .unwrap()
            .map(Result::unwrap)
            .collect()
    }

    #[test]
    fn a_refused_batch_leaves_the_others_alone() {
        let (connection, _folder) = narrow(1_000);
        let outcomes = write_together(&connection, &[1, 2, 2, 3, 3, 4], |size| {
            write(&connection, *size)
        });
        assert_eq!(
            outcomes.iter().map(Result::is_ok).collect::<Vec<_>>(),
            [true, true, false, true, false, true]
        );
        assert_eq!(stored(&connection), [1, 2, 3, 4]);
    }

    #[test]
    fn on_a_full_disk_the_answers_are_what_is_stored() {
        for too_large in [200_000, 200_001] {
            full_disk(too_large);
        }
    }

    fn full_disk(too_large: i64) {
        let (connection, _folder) = narrow(20);
        let sizes = [100, too_large, 200];
        let outcomes = write_together(&connection, &sizes, |size| write(&connection, *size));
        assert!(
            matches!(outcomes[1], Err(CommitError::Halted(_))),
            "{outcomes:?}"
        );
        let told: Vec<_> = sizes
            .iter()
            .zip(&outcomes)
            .filter(|(_, outcome)| outcome.is_ok())
            .map(|(size, _)| *size)
            .collect();
        assert_eq!(stored(&connection), told);
        assert_eq!(
            write_together(&connection, &[300], |size| write(&connection, *size)).len(),
            1
        );
        assert!(stored(&connection).contains(&300), "the writer goes on");
    }

    #[test]
    fn when_the_transaction_is_gone_every_batch_has_failed() {
        let (connection, _folder) = narrow(1_000);
        let outcomes = write_together(&connection, &[1, 2, 3], |size| match size {
            2 => connection
                .command("ROLLBACK")
                .map_err(failure::of_commit)
                .and(Err(CommitError::PreconditionFailed {
                    write: 0,
                    current: None,
                })),
            size => write(&connection, *size),
        });
        assert!(
            outcomes
                .iter()
                .all(|outcome| matches!(outcome, Err(CommitError::Unavailable(_)))),
            "{outcomes:?}"
        );
        assert_eq!(stored(&connection), [] as [i64; 0]);
    }
}
