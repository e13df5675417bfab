use std::io;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use base::limit;
use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::time::{Instant, Sleep, sleep_until};

/// Time after which a client that does not read is disconnected.
const STALL_TIMEOUT: Duration = Duration::from_millis(limit::CONNECTION_STALL_MILLIS as u64);

/// Whether a connection was upgraded to WebSocket. A WebSocket disconnects a slow
/// client itself with a close code, so its timeout is twice as long.
#[derive(Debug, Clone, Default)]
pub struct Upgraded(Arc<AtomicBool>);

impl Upgraded {
    /// Marks the connection as upgraded.
    pub fn set(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    fn timeout(&self) -> Duration {
        if self.0.load(Ordering::Relaxed) {
            STALL_TIMEOUT * 2
        } else {
            STALL_TIMEOUT
        }
    }
}

/// Stream whose writes fail with [`io::ErrorKind::TimedOut`] if the peer has read
/// nothing for [`limit::CONNECTION_STALL_MILLIS`].
pub struct StallGuard<S> {
    stream: S,
    upgraded: Upgraded,
    /// Whether a write is pending and the timer runs.
    is_waiting: bool,
    timer: Option<Pin<Box<Sleep>>>,
}

impl<S> StallGuard<S> {
    pub const fn new(stream: S, upgraded: Upgraded) -> Self {
        Self {
            stream,
            upgraded,
            is_waiting: false,
            timer: None,
        }
    }

    fn watch<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<io::Result<T>>,
    ) -> Poll<io::Result<T>> {
        if written.is_ready() {
            self.is_waiting = false;
            return written;
        }
        let deadline = Instant::now() + self.upgraded.timeout();
        let timer = self
            .timer
            .get_or_insert_with(|| Box::pin(sleep_until(deadline)));
        if !self.is_waiting {
            timer.as_mut().reset(deadline);
            self.is_waiting = true;
        }
        timer.as_mut().poll(context).map(|()| {
            Err(io::Error::new(
                io::ErrorKind::TimedOut,
                "the peer does not read",
            ))
        })
    }
}

impl<S: AsyncRead + Unpin> AsyncRead for StallGuard<S> {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_read(context, buffer)
    }
}

impl<S: AsyncWrite + Unpin> AsyncWrite for StallGuard<S> {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.watch(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        slices: &[io::IoSlice<'_>],
    ) -> Poll<io::Result<usize>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, slices);
        self.watch(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_flush(context)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.stream).poll_shutdown(context)
    }
}

#[cfg(test)]
mod tests {
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, duplex};

    use super::*;

    #[tokio::test(start_paused = true)]
    async fn write_times_out_when_the_peer_does_not_read() {
        let (ours, theirs) = duplex(8);
        let mut guarded = StallGuard::new(ours, Upgraded::default());
        let started = Instant::now();
        let error = guarded.write_all(&[0; 9]).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::TimedOut);
        assert_eq!(started.elapsed(), STALL_TIMEOUT);
        drop(theirs);
    }

    #[tokio::test(start_paused = true)]
    async fn write_succeeds_when_the_peer_reads_slowly() {
        let (ours, mut theirs) = duplex(8);
        let mut guarded = StallGuard::new(ours, Upgraded::default());
        let reading = async {
            let mut bytes = [0; 8];
            for _ in 0..8 {
                tokio::time::sleep(STALL_TIMEOUT * 9 / 10).await;
                theirs.read_exact(&mut bytes).await.unwrap();
            }
        };
        let (written, ()) = tokio::join!(guarded.write_all(&[0; 64]), reading);
        written.unwrap();
    }

    #[tokio::test(start_paused = true)]
    async fn upgraded_connection_has_twice_the_timeout() {
        let (ours, theirs) = duplex(8);
        let upgraded = Upgraded::default();
        upgraded.set();
        let started = Instant::now();
        StallGuard::new(ours, upgraded)
            .write_all(&[0; 9])
            .await
            .unwrap_err();
        assert_eq!(started.elapsed(), STALL_TIMEOUT * 2);
        drop(theirs);
    }
}
