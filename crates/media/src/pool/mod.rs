//! Supervisor of the workers.

mod child;
mod exchange;

use std::collections::VecDeque;
use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use parking_lot::Mutex;
use tokio::sync::Semaphore;
use tokio::time::Instant;

use crate::processed::{ProcessOptions, Processed};
use crate::source::Source;
use child::Child;
use exchange::Ending;

/// Program and bounds of the workers.
#[derive(Clone, Debug)]
pub struct WorkerOptions {
    /// The program to start, normally the server's own binary.
    pub program: PathBuf,
    /// Its arguments, normally the hidden subcommand `media-worker`.
    pub arguments: Vec<String>,
    /// Workers at the same time; further files wait.
    pub workers: usize,
    /// Time for one file, without the time to read it from its source.
    pub wall_time: Duration,
    /// Time for one read from the source.
    pub source_time: Duration,
    /// CPU time for one file, in whole seconds.
    pub cpu_seconds: u64,
    /// Address space of a worker in bytes.
    pub memory: u64,
    /// Files after which a worker is replaced.
    pub files: u32,
    /// Time after which an idle worker ends.
    pub idle_time: Duration,
}

impl WorkerOptions {
    /// Returns the default bounds: two workers with 768 MiB of address space each, 20 seconds of
    /// CPU time and 30 seconds in all for a file.
    ///
    /// The memory suffices for 50 megapixels with transparency: 200 MB of pixels, as much again
    /// while they are scaled, and 64 MiB of encoded bytes twice.
    #[must_use]
    pub fn new(program: PathBuf) -> Self {
        Self {
            program,
            arguments: vec!["media-worker".to_owned()],
            workers: 2,
            wall_time: Duration::from_secs(30),
            source_time: Duration::from_secs(30),
            cpu_seconds: 20,
            memory: 768 * 1024 * 1024,
            files: 100,
            idle_time: Duration::from_mins(1),
        }
    }
}

/// Reason why a file was not processed.
#[derive(Debug, thiserror::Error)]
pub enum ProcessError {
    /// No decoder exists for the type or for a part of the content.
    #[error("unsupported media")]
    Unsupported,
    /// The content is invalid.
    #[error("malformed media: {0}")]
    Malformed(String),
    /// The content exceeds a bound.
    #[error("media exceeds a bound")]
    TooLarge,
    /// The worker ended, ran out of memory or broke the protocol.
    #[error("media worker crashed")]
    Crashed,
    /// The worker used all its time.
    #[error("media worker timed out")]
    TimedOut,
    /// The file could not be read.
    #[error("cannot read the file")]
    Source(#[source] io::Error),
    /// No worker could be started.
    #[error("cannot start a media worker")]
    Start(#[source] io::Error),
}

impl ProcessError {
    /// Returns whether another attempt may succeed. All other errors are caused by the file.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        matches!(self, Self::Source(_) | Self::Start(_))
    }
}

/// Pool of worker processes.
///
/// Workers start on demand, stay for further files, and end when the pool is dropped.
#[derive(Clone, Debug)]
pub struct WorkerPool {
    inner: Arc<Inner>,
}

#[derive(Debug)]
struct Inner {
    options: WorkerOptions,
    slots: Semaphore,
    idle: Mutex<Idle>,
}

/// Workers without a file, the one used last at the end.
#[derive(Debug, Default)]
struct Idle {
    workers: VecDeque<(Instant, Child)>,
    is_watched: bool,
}

impl WorkerPool {
    /// Creates a pool without workers.
    #[must_use]
    pub fn new(options: WorkerOptions) -> Self {
        let inner = Inner {
            slots: Semaphore::new(options.workers.max(1)),
            idle: Mutex::default(),
            options,
        };
        Self {
            inner: Arc::new(inner),
        }
    }

    /// Processes a file in a worker, after waiting for a free one.
    ///
    /// The result is in memory: variants of some 100 KiB, and the stripped content of an image,
    /// at most 64 MiB. Dropping the future kills the worker.
    pub async fn process(
        &self,
        media_type: &str,
        source: &dyn Source,
        options: ProcessOptions,
    ) -> Result<Processed, ProcessError> {
        let slot = self.inner.slots.acquire().await;
        let _slot = slot.map_err(|error| ProcessError::Start(io::Error::other(error)))?;
        let bounds = &self.inner.options;
        loop {
            let mut child = match self.inner.take_idle() {
                Some(child) => child,
                None => Child::start(bounds).await.map_err(ProcessError::Start)?,
            };
            match exchange::run(&mut child, bounds, media_type, source, options).await {
                Ending::Answered(result) => {
                    self.inner.park(child);
                    return result;
                }
                Ending::Broken(reason) => return Err(child.end(reason).await),
                // Only a worker that was idle can be gone, so this ends with a new one.
                Ending::Gone => {}
            }
        }
    }

    /// Returns the ids of the idle workers' processes.
    #[must_use]
    pub fn idle_processes(&self) -> Vec<u32> {
        let idle = self.inner.idle.lock();
        idle.workers
            .iter()
            .filter_map(|(_, child)| child.id())
            .collect()
    }
}

impl Inner {
    /// Takes the worker that was used last and is still alive.
    fn take_idle(&self) -> Option<Child> {
        let mut idle = self.idle.lock();
        while let Some((_, mut child)) = idle.workers.pop_back() {
            if child.is_alive() {
                return Some(child);
            }
        }
        None
    }

    /// Keeps a worker for the next file, unless it has processed enough of them.
    fn park(self: &Arc<Self>, child: Child) {
        if child.files() >= self.options.files {
            return;
        }
        let mut idle = self.idle.lock();
        let end = Instant::now() + self.options.idle_time;
        idle.workers.push_back((end, child));
        if !std::mem::replace(&mut idle.is_watched, true) {
            tokio::spawn(end_idle_workers(Arc::downgrade(self), end));
        }
    }

    /// Ends workers that have been idle for long enough and returns when to look again.
    fn end_idle(&self) -> Option<Instant> {
        let mut idle = self.idle.lock();
        let now = Instant::now();
        while idle.workers.front().is_some_and(|(end, _)| *end <= now) {
            idle.workers.pop_front();
        }
        let next = idle.workers.front().map(|(end, _)| *end);
        idle.is_watched = next.is_some();
        next
    }
}

/// Ends idle workers while there are any. It does not keep the pool alive.
async fn end_idle_workers(pool: std::sync::Weak<Inner>, first: Instant) {
    let mut next = Some(first);
    while let Some(at) = next {
        tokio::time::sleep_until(at).await;
        next = pool.upgrade().and_then(|inner| inner.end_idle());
    }
}
