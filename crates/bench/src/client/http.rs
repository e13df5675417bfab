use tokio::io::AsyncWriteExt;
use tokio::net::TcpStream;

use super::reader::Reader;

/// Persistent HTTP connection.
#[derive(Debug)]
pub struct Http {
    stream: TcpStream,
    reader: Reader,
}

struct Reply {
    status: u16,
    body: Vec<u8>,
}

impl Http {
    /// Connects to `host:port`.
    pub async fn open(address: &str) -> Self {
        let stream = TcpStream::connect(address)
            .await
            .expect("the server listens");
        stream.set_nodelay(true).expect("a socket");
        Self {
            stream,
            reader: Reader::default(),
        }
    }

    async fn call(&mut self, method: &str, path: &str, token: &str, body: &str) -> Reply {
        let length = body.len();
        let request = format!(
            "{method} {path} HTTP/1.1\r\nhost: bench\r\nauthorization: Bearer {token}\r\n\
             content-type: application/json\r\ncontent-length: {length}\r\n\r\n{body}"
        );
        self.stream
            .write_all(request.as_bytes())
            .await
            .expect("the connection is open");
        let head = self.reader.head(&mut self.stream).await;
        let length = header(&head, "content-length")
            .and_then(|value| value.parse().ok())
            .unwrap_or_default();
        while self.reader.ready().len() < length {
            self.reader.more(&mut self.stream).await;
        }
        let status = head
            .split(' ')
            .nth(1)
            .and_then(|status| status.parse().ok())
            .unwrap_or_default();
        Reply {
            status,
            body: self.reader.take(length),
        }
    }

    /// Sends a request that must succeed; returns the body.
    pub async fn expect(&mut self, method: &str, path: &str, token: &str, body: &str) -> Vec<u8> {
        let reply = self.call(method, path, token, body).await;
        let text = || String::from_utf8_lossy(&reply.body).into_owned();
        assert!(
            (200..300).contains(&reply.status),
            "{method} {path}: {} {}",
            reply.status,
            text()
        );
        reply.body
    }
}

fn header<'a>(head: &'a str, name: &str) -> Option<&'a str> {
    head.lines()
        .find_map(|line| line.split_once(':').filter(|(known, _)| *known == name))
        .map(|(_, value)| value.trim())
}
