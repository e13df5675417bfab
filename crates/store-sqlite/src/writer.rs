//! The one writer of a file: a thread that takes whatever waits, writes it as
//! one transaction and answers once that is on disk.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use base::limit;
use store::statement::Commit;
use store::{Cause, CommitError, Stats};
use tokio::sync::{mpsc, oneshot};

use crate::catalogue::Catalogue;
use crate::checkpoint::{Wal, count_pages, pages_counted};
use crate::connection::Connection;
use crate::failure::{self, stop_after_failed_sync};
use crate::files::Lease;
use crate::write;

/// A batch that waits, and who waits for it.
pub(crate) struct Job {
    pub(crate) commit: Commit,
    /// Dropped without an answer when the outcome is unclear.
    pub(crate) answer: oneshot::Sender<Result<(), CommitError>>,
    /// Keeps the file open until the batch is written, whoever still waits.
    pub(crate) lease: Lease,
}

/// A file's writer.
pub(crate) struct Writer {
    jobs: Jobs,
    thread: JoinHandle<()>,
}

/// The queue of a file's writer, which ends when the writer and its file are closed.
#[derive(Clone)]
pub(crate) struct Jobs(mpsc::Sender<Job>);

/// Why a batch was not taken.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// Too many wait.
    #[error("too many batches wait for this file")]
    Full,
    /// The writer is gone.
    #[error("the writer of this file is gone")]
    Gone,
}

/// What a writer needs besides its connection.
pub(crate) struct Tools {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) wal: Arc<Wal>,
}

impl Writer {
    /// Starts the writer's thread.
    pub(crate) fn start(connection: Connection, tools: Tools) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(limit::WRITER_QUEUE);
        let thread = thread::Builder::new().name("sqlite-writer".to_owned());
        let thread = thread.spawn(move || serve(&connection, &tools, queue))?;
        Ok(Self { jobs: Jobs(jobs), thread })
    }

    pub(crate) fn jobs(&self) -> Jobs {
        self.jobs.clone()
    }

    /// Lets what waits be written, and closes the writer's connection.
    pub(crate) fn stop(self) {
        drop(self.jobs);
        if self.thread.join().is_err() {
            tracing::error!("a writer ended by a panic");
        }
    }
}

impl Jobs {
    /// Queues a batch.
    pub(crate) fn push(&self, job: Job) -> Result<(), NotTaken> {
        self.0.try_send(job).map_err(|refused| match refused {
            mpsc::error::TrySendError::Full(_) => NotTaken::Full,
            mpsc::error::TrySendError::Closed(_) => NotTaken::Gone,
        })
    }
}

fn serve(connection: &Connection, tools: &Tools, mut queue: mpsc::Receiver<Job>) {
    count_pages(connection);
    let mut group = Vec::with_capacity(limit::GROUP_COMMIT);
    while queue.blocking_recv_many(&mut group, limit::GROUP_COMMIT) > 0 {
        let outcomes = write_group(connection, tools, &group);
        tools.wal.grew(pages_counted());
        for (Job { answer, lease, .. }, outcome) in group.drain(..).zip(outcomes) {
            // Who asked may be gone; the batch stands all the same.
            let _ = answer.send(outcome);
            drop(lease);
        }
    }
}

/// Writes a group as one transaction; what is answered, by job.
fn write_group(connection: &Connection, tools: &Tools, group: &[Job]) -> Vec<Result<(), CommitError>> {
    match attempt(connection, tools, group) {
        Ok(outcomes) => outcomes,
        Err(error) => {
            // After some errors nothing is open any more and there is nothing to take back.
            if !connection.raw().is_autocommit()
                && let Err(error) = connection.command("ROLLBACK")
            {
                tracing::error!(%error, "a group could not be rolled back");
            }
            group.iter().map(|_| Err(error.clone())).collect()
        }
    }
}

/// The outcomes when the transaction stands, the error of all when it does not.
fn attempt(connection: &Connection, tools: &Tools, group: &[Job]) -> Result<Vec<Result<(), CommitError>>, CommitError> {
    connection.command("BEGIN IMMEDIATE").map_err(failure::of_commit)?;
    let mut outcomes = Vec::with_capacity(group.len());
    for job in group {
        outcomes.push(write_batch(connection, tools, &job.commit)?);
    }
    connection.command("COMMIT").map_err(|error| {
        stop_after_failed_sync(&error);
        failure::of_commit(error)
    })?;
    tools.stats.groups.add(1);
    tools.stats.grouped.add(group.len() as u64);
    Ok(outcomes)
}

/// The outcome of one batch, which leaves nothing behind when it is refused;
/// the outer error when the whole transaction is gone.
fn write_batch(
    connection: &Connection,
    tools: &Tools,
    commit: &Commit,
) -> Result<Result<(), CommitError>, CommitError> {
    connection.command("SAVEPOINT batch").map_err(failure::of_commit)?;
    let outcome = write::apply(connection, &tools.catalogue, commit);
    if outcome.is_err() {
        if connection.raw().is_autocommit() {
            return Err(CommitError::Unavailable(Arc::new(TransactionGone) as Cause));
        }
        connection.command("ROLLBACK TO batch").map_err(failure::of_commit)?;
    }
    connection.command("RELEASE batch").map_err(failure::of_commit)?;
    Ok(outcome)
}

/// Says that an error of one batch took the whole transaction with it.
#[derive(Debug, thiserror::Error)]
#[error("an error took back everything written together")]
struct TransactionGone;
