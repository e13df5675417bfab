//! One worker process.

use std::io;
use std::os::unix::process::ExitStatusExt;
use std::process::{ExitStatus, Stdio};
use std::time::Duration;

use tokio::io::{AsyncReadExt, BufReader};
use tokio::process::{ChildStderr, ChildStdin, ChildStdout, Command};

use super::exchange::Break;
use super::{ProcessError, WorkerOptions};
use crate::protocol::{self, Start, kind};

/// The signal of an exceeded bound on CPU time (SIGXCPU).
const CPU_BOUND_SIGNAL: i32 = 24;

/// Bytes of a crashed worker's last words that are logged.
const STDERR_BYTES: u64 = 2 * 1024;

/// Time for a worker to end by itself after it closed its streams.
const END_TIME: Duration = Duration::from_secs(10);

/// Worker process with its standard streams. It is killed when dropped.
#[derive(Debug)]
pub struct Child {
    process: tokio::process::Child,
    pub(super) input: ChildStdin,
    pub(super) output: BufReader<ChildStdout>,
    errors: ChildStderr,
    files: u32,
}

impl Child {
    /// Starts a worker and sends it its bounds.
    pub async fn start(options: &WorkerOptions) -> io::Result<Self> {
        let mut command = Command::new(&options.program);
        command.args(&options.arguments).env_clear();
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        command.stderr(Stdio::piped()).kill_on_drop(true);
        let mut process = command.current_dir("/").spawn()?;
        let missing = || io::Error::other("missing standard stream");
        let mut child = Self {
            input: process.stdin.take().ok_or_else(missing)?,
            output: BufReader::new(process.stdout.take().ok_or_else(missing)?),
            errors: process.stderr.take().ok_or_else(missing)?,
            process,
            files: 0,
        };
        let start = Start {
            memory: options.memory,
            cpu_seconds: options.cpu_seconds,
        };
        protocol::send(&mut child.input, kind::START, &protocol::encode(&start)?).await?;
        Ok(child)
    }

    /// Counts a file.
    pub fn count_file(&mut self) {
        self.files += 1;
    }

    /// Returns how many files it has been given.
    pub fn files(&self) -> u32 {
        self.files
    }

    /// Returns the id of the process.
    pub fn id(&self) -> Option<u32> {
        self.process.id()
    }

    /// Returns whether the process runs.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.process.try_wait(), Ok(None))
    }

    /// Kills the process, waits for its end and returns the error to report.
    pub async fn end(mut self, reason: Break) -> ProcessError {
        let mut status = None;
        if matches!(reason, Break::Ended) {
            // The streams close before the exit status is there.
            let ended = tokio::time::timeout(END_TIME, self.process.wait()).await;
            status = ended.ok().and_then(Result::ok);
        }
        let _ = self.process.kill().await;
        match reason {
            Break::Source(error) => return ProcessError::Source(error),
            Break::TimedOut => return ProcessError::TimedOut,
            Break::Ended | Break::Violation => {}
        }
        let mut words = Vec::new();
        let mut errors = self.errors.take(STDERR_BYTES);
        let read = errors.read_to_end(&mut words);
        let _ = tokio::time::timeout(END_TIME, read).await;
        let words = String::from_utf8_lossy(&words);
        tracing::warn!(?status, stderr = %words.trim(), "media worker failed");
        match status.as_ref().and_then(ExitStatus::signal) {
            Some(CPU_BOUND_SIGNAL) => ProcessError::TimedOut,
            _ => ProcessError::Crashed,
        }
    }
}
