//! Client of the virus scanner `clamd`.
//!
//! It sends a file with the command `zINSTREAM`: chunks with their length (u32, big endian) and
//! a chunk of length 0. `clamd` answers `stream: OK`, `stream: NAME FOUND` or an error, each with
//! a NUL at the end.

use std::fmt;
use std::io;
use std::path::PathBuf;
use std::str::FromStr;
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpStream, UnixStream};

use crate::source::Source;

/// Bytes of one chunk.
const CHUNK_BYTES: usize = 64 * 1024;

/// Bytes of the longest answer.
const ANSWER_BYTES: u64 = 4 * 1024;

/// Characters of a signature's name that are kept.
const NAME_LENGTH: usize = 256;

/// Address of a scanner: `host:port`, or the path of a Unix socket with `unix:` before it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// Host and port.
    Tcp(String),
    /// Path of a Unix socket.
    Unix(PathBuf),
}

impl FromStr for Address {
    type Err = InvalidAddress;

    fn from_str(text: &str) -> Result<Self, InvalidAddress> {
        if let Some(path) = text.strip_prefix("unix:") {
            return if path.starts_with('/') {
                Ok(Self::Unix(path.into()))
            } else {
                Err(InvalidAddress)
            };
        }
        let (host, port) = text.rsplit_once(':').ok_or(InvalidAddress)?;
        let is_port = port.parse::<u16>().is_ok_and(|port| port > 0);
        if host.is_empty() || !is_port {
            return Err(InvalidAddress);
        }
        Ok(Self::Tcp(text.to_owned()))
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tcp(address) => f.write_str(address),
            Self::Unix(path) => write!(f, "unix:{}", path.display()),
        }
    }
}

/// Text that is not an address of a scanner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("expected host:port or unix:/path")]
pub struct InvalidAddress;

/// Bounds of a scan.
#[derive(Clone, Copy, Debug)]
pub struct ScanOptions {
    /// Time to connect.
    pub connect_time: Duration,
    /// Time for one chunk: to read it from the source, and to send it.
    pub chunk_time: Duration,
    /// Time from the end of the file to the answer.
    pub answer_time: Duration,
}

impl Default for ScanOptions {
    fn default() -> Self {
        Self {
            connect_time: Duration::from_secs(5),
            chunk_time: Duration::from_secs(30),
            answer_time: Duration::from_mins(2),
        }
    }
}

/// Result of a scan.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// The scanner found nothing.
    Clean,
    /// The scanner found the signature of this name.
    Infected(String),
}

/// Reason why a file was not scanned. It must not be served then.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The file exceeds the scanner's `StreamMaxLength`.
    #[error("the file exceeds the size that clamd scans")]
    TooLarge,
    /// The scanner returned an error or something unknown.
    #[error("clamd returned: {0}")]
    Answer(String),
    /// The scanner is not reachable or too slow.
    #[error("clamd is not reachable")]
    Connection(#[source] io::Error),
    /// The file could not be read.
    #[error("cannot read the file")]
    Source(#[source] io::Error),
}

impl ScanError {
    /// Returns whether another attempt may succeed.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        !matches!(self, Self::TooLarge)
    }
}

/// Scans a file.
pub async fn scan(
    address: &Address,
    source: &dyn Source,
    options: ScanOptions,
) -> Result<Verdict, ScanError> {
    match address {
        Address::Tcp(address) => {
            let connect = TcpStream::connect(address.as_str());
            let stream = within(options.connect_time, connect).await;
            exchange(stream.map_err(ScanError::Connection)?, source, options).await
        }
        Address::Unix(path) => {
            let stream = within(options.connect_time, UnixStream::connect(path)).await;
            exchange(stream.map_err(ScanError::Connection)?, source, options).await
        }
    }
}

async fn exchange(
    stream: impl AsyncRead + AsyncWrite + Unpin,
    source: &dyn Source,
    options: ScanOptions,
) -> Result<Verdict, ScanError> {
    let (mut input, mut output) = tokio::io::split(stream);
    // At its size limit the scanner answers and closes while the file is still sent.
    let sent = send(&mut output, source, options.chunk_time).await;
    if let Err(error @ ScanError::Source(_)) = sent {
        return Err(error);
    }
    let mut answer = Vec::new();
    let mut bounded = (&mut input).take(ANSWER_BYTES);
    let read = within(options.answer_time, bounded.read_to_end(&mut answer)).await;
    match (verdict(&answer), sent, read) {
        (Some(verdict), _, _) => verdict,
        (None, Err(error), _) => Err(error),
        (None, Ok(()), Err(error)) => Err(ScanError::Connection(error)),
        (None, Ok(()), Ok(_)) => Err(ScanError::Connection(io::ErrorKind::UnexpectedEof.into())),
    }
}

async fn send(
    output: &mut (impl AsyncWrite + Unpin),
    source: &dyn Source,
    chunk_time: Duration,
) -> Result<(), ScanError> {
    let command = within(chunk_time, output.write_all(b"zINSTREAM\0"));
    command.await.map_err(ScanError::Connection)?;
    let size = source.size();
    let mut offset = 0;
    while offset < size {
        let wanted =
            usize::try_from(size - offset).map_or(CHUNK_BYTES, |left| left.min(CHUNK_BYTES));
        let read = within(chunk_time, source.read(offset, wanted));
        let chunk = read.await.map_err(ScanError::Source)?;
        if chunk.len() != wanted {
            return Err(ScanError::Source(io::ErrorKind::UnexpectedEof.into()));
        }
        write_chunk(output, &chunk, chunk_time).await?;
        offset += chunk.len() as u64;
    }
    write_chunk(output, &[], chunk_time).await
}

async fn write_chunk(
    output: &mut (impl AsyncWrite + Unpin),
    chunk: &[u8],
    chunk_time: Duration,
) -> Result<(), ScanError> {
    let write = async {
        let length = u32::try_from(chunk.len()).map_err(io::Error::other)?;
        output.write_all(&length.to_be_bytes()).await?;
        output.write_all(chunk).await?;
        output.flush().await
    };
    within(chunk_time, write)
        .await
        .map_err(ScanError::Connection)
}

async fn within<T>(
    time: Duration,
    operation: impl Future<Output = io::Result<T>>,
) -> io::Result<T> {
    let result = tokio::time::timeout(time, operation).await;
    result.unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
}

/// Returns the meaning of a complete answer.
fn verdict(answer: &[u8]) -> Option<Result<Verdict, ScanError>> {
    let end = answer.iter().position(|byte| *byte == 0)?;
    let text = String::from_utf8_lossy(&answer[..end]);
    let text = text.trim();
    if text == "stream: OK" {
        return Some(Ok(Verdict::Clean));
    }
    let found = text.strip_prefix("stream: ");
    if let Some(name) = found.and_then(|found| found.strip_suffix(" FOUND")) {
        let name = name.chars().filter(|character| !character.is_control());
        return Some(Ok(Verdict::Infected(name.take(NAME_LENGTH).collect())));
    }
    if text.contains("size limit exceeded") {
        return Some(Err(ScanError::TooLarge));
    }
    Some(Err(ScanError::Answer(
        text.chars().take(NAME_LENGTH).collect(),
    )))
}

#[cfg(test)]
mod tests {
    use bytes::Bytes;
    use tokio::io::DuplexStream;

    use super::*;

    /// Reads a whole stream as a scanner does and answers.
    async fn scanner(mut stream: DuplexStream, answer: &[u8]) -> Vec<u8> {
        let mut command = [0; 10];
        stream.read_exact(&mut command).await.unwrap();
        assert_eq!(&command, b"zINSTREAM\0");
        let mut file = Vec::new();
        loop {
            let length = stream.read_u32().await.unwrap() as usize;
            if length == 0 {
                break;
            }
            let start = file.len();
            file.resize(start + length, 0);
            stream.read_exact(&mut file[start..]).await.unwrap();
        }
        stream.write_all(answer).await.unwrap();
        file
    }

    async fn scan_with(answer: &[u8]) -> Result<Verdict, ScanError> {
        let (client, server) = tokio::io::duplex(1024);
        let file = Bytes::from(vec![7; 3 * CHUNK_BYTES / 2]);
        let exchange = exchange(client, &file, ScanOptions::default());
        let (result, received) = tokio::join!(exchange, scanner(server, answer));
        assert_eq!(received, file);
        result
    }

    #[tokio::test]
    async fn answers_are_understood() {
        let clean = scan_with(b"stream: OK\0").await;
        assert_eq!(clean.unwrap(), Verdict::Clean);
        let infected = scan_with(b"stream: Eicar-Test FOUND\0").await;
        assert_eq!(
            infected.unwrap(),
            Verdict::Infected("Eicar-Test".to_owned())
        );
    }

    #[tokio::test]
    async fn errors_and_unknown_answers_are_never_clean() {
        let large = scan_with(b"INSTREAM size limit exceeded. ERROR\0").await;
        assert!(matches!(large, Err(ScanError::TooLarge)));
        for answer in [
            b"stream: OK".as_slice(),
            b"",
            b"\0",
            b"UNKNOWN COMMAND\0",
            b"stream: OK?\0",
        ] {
            let error = scan_with(answer).await.unwrap_err();
            assert!(error.is_transient(), "{error}");
        }
    }

    #[tokio::test]
    async fn scanner_that_closes_while_the_file_is_sent_is_understood() {
        let (client, mut server) = tokio::io::duplex(1024);
        let file = Bytes::from(vec![7; 8 * CHUNK_BYTES]);
        let close = async move {
            server
                .write_all(b"INSTREAM size limit exceeded. ERROR\0")
                .await
        };
        let exchange = exchange(client, &file, ScanOptions::default());
        let (result, closed) = tokio::join!(exchange, close);
        closed.unwrap();
        assert!(matches!(result, Err(ScanError::TooLarge)));
    }

    #[tokio::test(start_paused = true)]
    async fn silent_scanner_times_out() {
        let (client, _server) = tokio::io::duplex(1024);
        let file = Bytes::from_static(b"x");
        let error = exchange(client, &file, ScanOptions::default()).await;
        assert!(matches!(error, Err(ScanError::Connection(_))));
    }

    #[test]
    fn addresses_are_parsed() {
        let unix = Address::Unix("/run/clamd.sock".into());
        assert_eq!("unix:/run/clamd.sock".parse(), Ok(unix));
        let tcp = Address::Tcp("[::1]:3310".to_owned());
        assert_eq!("[::1]:3310".parse(), Ok(tcp));
        for invalid in ["", "host", "host:0", ":3310", "unix:relative", "host:99999"] {
            assert_eq!(invalid.parse::<Address>(), Err(InvalidAddress), "{invalid}");
        }
    }
}
