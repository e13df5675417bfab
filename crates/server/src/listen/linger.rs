use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use base::limit;
use tokio::io::{AsyncRead, ReadBuf};
use tokio::time::{Sleep, sleep};

/// Bytes that are read at once.
const CHUNK: usize = 4 * 1024;

/// The end of a connection whose client may still send: a socket that is
/// closed with unread bytes resets the connection, and the client loses the
/// response. So what comes is read and dropped until the client closes too,
/// or a bound is reached.
pub struct Lingering {
    deadline: Pin<Box<Sleep>>,
    bytes: usize,
}

impl Default for Lingering {
    fn default() -> Self {
        Self {
            deadline: Box::pin(sleep(Duration::from_millis(limit::LINGER_MILLIS as u64))),
            bytes: 0,
        }
    }
}

impl Lingering {
    /// Reads on until the client has closed, [`limit::LINGER_BYTES`] came or [`limit::LINGER_MILLIS`] are over.
    pub fn poll(
        &mut self,
        stream: &mut (impl AsyncRead + Unpin),
        cx: &mut Context<'_>,
    ) -> Poll<()> {
        let mut chunk = [0; CHUNK];
        while self.deadline.as_mut().poll(cx).is_pending() && self.bytes < limit::LINGER_BYTES {
            let mut buffer = ReadBuf::new(&mut chunk);
            match Pin::new(&mut *stream).poll_read(cx, &mut buffer) {
                Poll::Pending => return Poll::Pending,
                Poll::Ready(Ok(())) if !buffer.filled().is_empty() => {
                    self.bytes += buffer.filled().len();
                }
                Poll::Ready(_) => return Poll::Ready(()),
            }
        }
        Poll::Ready(())
    }
}
