use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::reader::Reader;

/// WebSocket connection with text frames.
#[derive(Debug)]
pub struct Socket {
    stream: TcpStream,
    reader: Reader,
}

/// First byte of an unfragmented text frame.
const TEXT: u8 = 0x81;

/// Flag of a masked payload, required for clients.
const MASKED: u8 = 0x80;

/// Marker of a length in the next two bytes.
const LONG: u8 = 0x7e;

impl Socket {
    /// Connects to a path of `host:port`.
    pub async fn open(address: &str, path: &str) -> Self {
        let mut stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        let upgrade = format!(
            "GET {path} HTTP/1.1\r\nhost: bench\r\nconnection: upgrade\r\nupgrade: websocket\r\n\
             sec-websocket-version: 13\r\nsec-websocket-key: YmVuY2ggYmVuY2ggYmVuYw==\r\n\r\n"
        );
        stream
            .write_all(upgrade.as_bytes())
            .await
            .expect("the connection is open");
        let mut reader = Reader::default();
        let head = reader.head(&mut stream).await;
        assert!(head.starts_with("HTTP/1.1 101"), "{head}");
        Self { stream, reader }
    }

    /// Sends a frame. Its mask is zero, which does not change the text.
    pub async fn send(&mut self, text: &str) {
        let length = u16::try_from(text.len()).expect("a short text");
        let mut frame = Vec::with_capacity(text.len() + 8);
        frame.push(TEXT);
        if let Ok(short @ ..LONG) = u8::try_from(length) {
            frame.push(MASKED | short);
        } else {
            frame.push(MASKED | LONG);
            frame.extend_from_slice(&length.to_be_bytes());
        }
        frame.extend_from_slice(&[0; 4]);
        frame.extend_from_slice(text.as_bytes());
        self.stream
            .write_all(&frame)
            .await
            .expect("the connection is open");
    }

    /// Waits for a frame with this prefix and returns it; discards others.
    pub async fn wait_for(&mut self, beginning: &str) -> String {
        loop {
            let frame = self.next().await;
            assert!(!frame.starts_with(r#"{"t":"error""#), "{frame}");
            if frame.starts_with(beginning) {
                return frame;
            }
        }
    }

    /// Waits for frames and counts those with this prefix, at least one.
    pub async fn count(&mut self, beginning: &str) -> u64 {
        let mut counted = 0;
        loop {
            while let Some((head, length)) = span(self.reader.ready()) {
                counted += u64::from(
                    self.reader.ready()[head..head + length].starts_with(beginning.as_bytes()),
                );
                self.reader.consume(head + length);
            }
            if counted > 0 {
                return counted;
            }
            self.reader.more(&mut self.stream).await;
        }
    }

    async fn next(&mut self) -> String {
        loop {
            if let Some((head, length)) = span(self.reader.ready()) {
                self.reader.consume(head);
                return String::from_utf8_lossy(&self.reader.take(length)).into_owned();
            }
            self.reader.more(&mut self.stream).await;
        }
    }
}

/// Returns the lengths of the head and payload of a complete frame.
fn span(bytes: &[u8]) -> Option<(usize, usize)> {
    let (head, length) = match bytes.get(1)? & 0x7f {
        126 => (
            4,
            usize::from(u16::from_be_bytes(bytes.get(2..4)?.try_into().ok()?)),
        ),
        127 => (
            10,
            usize::try_from(u64::from_be_bytes(bytes.get(2..10)?.try_into().ok()?)).ok()?,
        ),
        short => (2, usize::from(short)),
    };
    (bytes.len() >= head + length).then_some((head, length))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_is_complete_with_its_last_byte() {
        assert_eq!(span(&[TEXT]), None);
        assert_eq!(span(&[TEXT, 2, b'o']), None);
        assert_eq!(span(&[TEXT, 2, b'o', b'k', TEXT]), Some((2, 2)));
        assert_eq!(
            span(&[&[TEXT, 126, 0, 200][..], &[b'x'; 200]].concat()),
            Some((4, 200))
        );
    }
}
