//! The only writer of a file: a thread that writes all waiting batches in one transaction, and
//! returns the outcomes after the transaction is on disk.

use std::sync::Arc;
use std::thread::{self, JoinHandle};

use base::limit;
use store::statement::Commit;
use store::{CommitError, Stats};
use tokio::sync::{mpsc, oneshot};

use crate::catalogue::Catalogue;
use crate::checkpoint::{Wal, count_pages, pages_counted};
use crate::connection::Connection;
use crate::file_pool::Lease;
use crate::group::{Batch, write_together};
use crate::write;

/// Waiting batch with the channel for its outcome.
pub(crate) struct Job {
    pub(crate) commit: Commit,
    /// Dropped without an outcome if the outcome is unknown.
    pub(crate) answer: oneshot::Sender<Result<(), CommitError>>,
    /// Keeps the file open until the batch is written, even if no caller waits any longer.
    pub(crate) lease: Lease,
}

impl Batch for Job {
    fn statements(&self) -> usize {
        self.commit.writes().len()
    }
}

/// Writer of a file.
pub(crate) struct Writer {
    jobs: Jobs,
    thread: JoinHandle<()>,
}

/// Queue of a file's writer. It is closed when the writer and its file are closed.
#[derive(Clone)]
pub(crate) struct Jobs(mpsc::Sender<Job>);

/// Reason why a batch was not queued.
#[derive(Debug, thiserror::Error)]
pub(crate) enum NotTaken {
    /// The queue is full.
    #[error("the write queue of this file is full")]
    Full,
    /// The writer has ended.
    #[error("the writer of this file has stopped")]
    Gone,
}

/// Resources of a writer in addition to its connection.
pub(crate) struct Tools {
    pub(crate) catalogue: Arc<Catalogue>,
    pub(crate) stats: Arc<Stats>,
    pub(crate) wal: Arc<Wal>,
}

impl Writer {
    /// Starts the thread of the writer.
    pub(crate) fn start(connection: Connection, tools: Tools) -> std::io::Result<Self> {
        let (jobs, queue) = mpsc::channel(limit::WRITER_QUEUE);
        let thread = thread::Builder::new().name("sqlite-writer".to_owned());
        let thread = thread.spawn(move || serve(&connection, &tools, queue))?;
        Ok(Self {
            jobs: Jobs(jobs),
            thread,
        })
    }

    pub(crate) fn jobs(&self) -> Jobs {
        self.jobs.clone()
    }

    /// Writes the queued batches and closes the connection of the writer.
    pub(crate) fn stop(self) {
        drop(self.jobs);
        if self.thread.join().is_err() {
            tracing::error!("a writer ended by a panic");
        }
    }
}

impl Jobs {
    /// Queues a batch. Fails if the queue is full or the writer has ended.
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
        let turn = tools.wal.turn();
        let outcomes = write_together(connection, &group, |job| {
            write::apply(connection, &tools.catalogue, &job.commit)
        });
        drop(turn);
        count(&tools.stats, &outcomes);
        tools.wal.grew(pages_counted());
        for (Job { answer, lease, .. }, outcome) in group.drain(..).zip(outcomes) {
            // The caller may be gone; the batch is written regardless.
            let _ = answer.send(outcome);
            drop(lease);
        }
    }
}

fn count(stats: &Stats, outcomes: &[Result<(), CommitError>]) {
    let written = outcomes.iter().filter(|outcome| outcome.is_ok()).count();
    stats.groups.add(u64::from(written > 0));
    stats.grouped.add(written as u64);
}
