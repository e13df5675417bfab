use tokio::io::AsyncReadExt;
use tokio::net::TcpStream;

/// Bytes of one read.
const CHUNK: usize = 4 * 1024;

/// Buffer of received, unconsumed bytes.
#[derive(Debug, Default)]
pub(super) struct Reader {
    buffer: Vec<u8>,
    from: usize,
}

impl Reader {
    /// Returns the buffered bytes.
    pub(super) fn ready(&self) -> &[u8] {
        &self.buffer[self.from..]
    }

    /// Discards the first bytes.
    pub(super) fn consume(&mut self, bytes: usize) {
        self.from += bytes;
        if self.from == self.buffer.len() {
            self.buffer.clear();
            self.from = 0;
        }
    }

    /// Removes and returns the first bytes.
    pub(super) fn take(&mut self, bytes: usize) -> Vec<u8> {
        let taken = self.ready()[..bytes].to_vec();
        self.consume(bytes);
        taken
    }

    /// Waits for more bytes.
    pub(super) async fn more(&mut self, stream: &mut TcpStream) {
        if self.from > 0 {
            self.buffer.drain(..self.from);
            self.from = 0;
        }
        self.buffer.reserve(CHUNK);
        let read = stream
            .read_buf(&mut self.buffer)
            .await
            .expect("the connection is open");
        assert!(
            read > 0,
            "the server closed the connection: {}",
            String::from_utf8_lossy(self.ready())
        );
    }

    /// Waits for the head of an HTTP message and removes it.
    pub(super) async fn head(&mut self, stream: &mut TcpStream) -> String {
        loop {
            if let Some(end) = self.ready().windows(4).position(|four| four == b"\r\n\r\n") {
                return String::from_utf8_lossy(&self.take(end + 4)).into_owned();
            }
            self.more(stream).await;
        }
    }
}
