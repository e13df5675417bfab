use std::io::{self, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering::Relaxed};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread;
use std::time::{Duration, Instant};

use super::NOTICE;
use super::redact::redact;

/// Maximum number of queued lines; further ones are dropped.
const MAX_QUEUED_LINES: usize = 8_192;

/// Maximum number of queued bytes; further lines are dropped.
const MAX_QUEUED_BYTES: usize = 4 * 1024 * 1024;

/// Time that the exit of the process waits for the log.
const FLUSH_TIMEOUT: Duration = Duration::from_millis(500);

/// Delay between two attempts to enqueue the flush marker.
const FLUSH_PAUSE: Duration = Duration::from_millis(5);

/// Time between two reports of dropped lines.
const REPORT_PERIOD: Duration = Duration::from_secs(1);

/// Number of lines dropped by this process.
static DROPPED: AtomicU64 = AtomicU64::new(0);

/// Returns the number of log lines dropped since the start, because the queue
/// was full or the output failed.
pub fn dropped_lines() -> u64 {
    DROPPED.load(Relaxed)
}

/// Writer that queues log lines for a thread. It never blocks and never fails:
/// lines that cannot be written are dropped and counted.
#[derive(Clone)]
pub(super) struct LogWriter {
    queue: SyncSender<Entry>,
    waiting_bytes: Arc<AtomicUsize>,
}

enum Entry {
    Line(Vec<u8>),
    /// Marker that is dropped once all earlier lines are written.
    Flush(#[expect(dead_code, reason = "its drop is the signal")] SyncSender<()>),
}

impl LogWriter {
    /// Starts the thread that writes to `output`.
    ///
    /// # Errors
    /// Fails if the thread cannot start.
    pub(super) fn start(output: impl Write + Send + 'static) -> io::Result<Self> {
        let (queue, entries) = sync_channel(MAX_QUEUED_LINES);
        let waiting_bytes = Arc::<AtomicUsize>::default();
        let waiting = Arc::clone(&waiting_bytes);
        thread::Builder::new()
            .name("log".to_owned())
            .spawn(move || write_entries(&entries, &waiting, output))?;
        Ok(Self {
            queue,
            waiting_bytes,
        })
    }

    /// Waits until the queued lines are written, at most [`FLUSH_TIMEOUT`].
    pub(super) fn flush(&self) {
        let (written, wait) = sync_channel(0);
        let deadline = Instant::now() + FLUSH_TIMEOUT;
        let mut entry = Entry::Flush(written);
        while let Err(TrySendError::Full(back)) = self.queue.try_send(entry) {
            if Instant::now() >= deadline {
                return;
            }
            entry = back;
            thread::sleep(FLUSH_PAUSE);
        }
        let _ = wait.recv_timeout(deadline.saturating_duration_since(Instant::now()));
    }

    fn push(&self, line: &[u8]) {
        let line = redact(line);
        let before = self.waiting_bytes.fetch_add(line.len(), Relaxed);
        let queued = before + line.len() <= MAX_QUEUED_BYTES
            && self.queue.try_send(Entry::Line(line.to_vec())).is_ok();
        if !queued {
            self.waiting_bytes.fetch_sub(line.len(), Relaxed);
            DROPPED.fetch_add(1, Relaxed);
        }
    }
}

impl Write for LogWriter {
    fn write(&mut self, line: &[u8]) -> io::Result<usize> {
        self.push(line);
        Ok(line.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

fn write_entries(entries: &Receiver<Entry>, waiting_bytes: &AtomicUsize, mut output: impl Write) {
    let mut reported = 0;
    let mut last_report: Option<Instant> = None;
    for entry in entries {
        let Entry::Line(line) = entry else { continue };
        waiting_bytes.fetch_sub(line.len(), Relaxed);
        if output
            .write_all(&line)
            .and_then(|()| output.flush())
            .is_err()
        {
            DROPPED.fetch_add(1, Relaxed);
            continue;
        }
        let dropped = dropped_lines();
        if dropped > reported && last_report.is_none_or(|at| at.elapsed() >= REPORT_PERIOD) {
            last_report = Some(Instant::now());
            tracing::warn!(target: NOTICE, lines = dropped - reported, "log lines dropped");
            reported = dropped;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Output that blocks until the test receives the line.
    struct BlockingOutput(SyncSender<Vec<u8>>);

    impl Write for BlockingOutput {
        fn write(&mut self, line: &[u8]) -> io::Result<usize> {
            self.0
                .send(line.to_vec())
                .map_err(|_| io::Error::from(io::ErrorKind::BrokenPipe))?;
            Ok(line.len())
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[test]
    fn blocked_or_failed_output_drops_lines_without_blocking() {
        let (lines, output) = sync_channel(0);
        let mut writer = LogWriter::start(BlockingOutput(lines)).unwrap();
        let before = dropped_lines();
        for _ in 0..2 * MAX_QUEUED_LINES {
            writer.write_all(b"line\n").unwrap();
        }
        let dropped = dropped_lines() - before;
        assert!(
            dropped >= MAX_QUEUED_LINES as u64 - 1,
            "{dropped} dropped while the output blocks"
        );
        assert_eq!(output.recv().unwrap(), b"line\n");
        drop(output);
        let every_line = 2 * MAX_QUEUED_LINES as u64 - 2;
        for _ in 0..100 {
            writer.flush();
            if dropped_lines() - before >= every_line {
                break;
            }
        }
        assert!(
            dropped_lines() - before >= every_line,
            "a failed output drops every line"
        );
        writer.write_all(b"line\n").unwrap();
    }

    #[test]
    fn queued_bytes_are_limited() {
        let (lines, _output) = sync_channel(0);
        let writer = LogWriter::start(BlockingOutput(lines)).unwrap();
        for _ in 0..4 {
            writer.push(&vec![b'x'; MAX_QUEUED_BYTES / 2]);
            assert!(writer.waiting_bytes.load(Relaxed) <= MAX_QUEUED_BYTES);
        }
    }
}
