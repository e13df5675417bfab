//! Frames between the server and a worker, over the worker's standard input and output.
//!
//! A frame is the length of its body (u32, big endian), its kind (u8) and its body, at most
//! [`FRAME_BYTES`]. The server sends [`kind::START`] once, with the bounds that the worker sets
//! for itself, and then one [`kind::PROCESS`] after another. While it processes a file the
//! worker may send [`kind::READ`] with an offset (u64) and a length (u32), which the server
//! answers with [`kind::BYTES`], shorter only at the end of the file. The worker finishes with
//! [`kind::FAILED`], or with [`kind::DONE`] followed by the bytes that it announces, in
//! [`kind::DATA`] frames: each variant, then the stripped content. Structured bodies are JSON.
//!
//! The server trusts none of it: it checks each range, sum and name, and kills a worker that
//! deviates.

use std::io::{self, Read, Write};

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};

use crate::processed::ProcessOptions;

/// The largest body of a frame, and the largest range of one read.
pub const FRAME_BYTES: usize = 256 * 1024;

/// Kinds of frames.
pub mod kind {
    /// Server: bounds of the worker, [`super::Start`].
    pub const START: u8 = 1;
    /// Server: a file to process, [`super::Job`].
    pub const PROCESS: u8 = 2;
    /// Server: the requested range of the file.
    pub const BYTES: u8 = 3;
    /// Worker: a request for a range of the file.
    pub const READ: u8 = 10;
    /// Worker: metadata and the sizes of what follows, [`super::Summary`].
    pub const DONE: u8 = 11;
    /// Worker: bytes of variants and of the stripped content.
    pub const DATA: u8 = 12;
    /// Worker: the reason why the file is not processed, [`super::Failure`].
    pub const FAILED: u8 = 13;
}

/// Bounds that a worker sets for itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Start {
    /// Address space in bytes.
    pub memory: u64,
    /// CPU time of one file in seconds.
    pub cpu_seconds: u64,
}

/// A file to process.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Job {
    /// The content type.
    pub media_type: String,
    /// The size in bytes.
    pub size: u64,
    /// What to do with it.
    pub options: ProcessOptions,
}

/// Metadata of a processed file, and the sizes of the bytes that follow.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Summary {
    /// See [`crate::Processed::width`].
    pub width: Option<u32>,
    /// See [`crate::Processed::height`].
    pub height: Option<u32>,
    /// See [`crate::Processed::duration_ms`].
    pub duration_ms: Option<u64>,
    /// See [`crate::Processed::waveform`].
    pub waveform: Option<Vec<u8>>,
    /// See [`crate::Processed::blurhash`].
    pub blurhash: Option<String>,
    /// See [`crate::Processed::pages`].
    pub pages: Option<u32>,
    /// The variants, whose bytes follow in this order.
    pub variants: Vec<VariantSummary>,
    /// Size of the stripped content, whose bytes are the last.
    pub stripped: Option<u64>,
}

/// A variant whose bytes follow.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct VariantSummary {
    /// The largest width.
    pub size: u32,
    /// Whether it is a PNG; otherwise it is a JPEG.
    pub is_png: bool,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels.
    pub height: u32,
    /// Number of bytes.
    pub length: u64,
}

/// Reason why a file is not processed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "reason", content = "detail", rename_all = "snake_case")]
pub enum Failure {
    /// No decoder for this type, or a part that the decoder does not support.
    Unsupported(String),
    /// The content is invalid.
    Malformed(String),
    /// The content exceeds a bound.
    TooLarge(String),
}

/// Head of a frame: its kind and the length of its body.
const HEAD_BYTES: usize = 5;

fn head(kind: u8, body: &[u8]) -> io::Result<[u8; HEAD_BYTES]> {
    let length = u32::try_from(body.len()).ok();
    let length = length.filter(|length| *length as usize <= FRAME_BYTES);
    let [a, b, c, d] = length.ok_or_else(too_long)?.to_be_bytes();
    Ok([a, b, c, d, kind])
}

fn parse_head(head: [u8; HEAD_BYTES]) -> io::Result<(u8, usize)> {
    let [a, b, c, d, kind] = head;
    let length = u32::from_be_bytes([a, b, c, d]) as usize;
    if length > FRAME_BYTES {
        return Err(too_long());
    }
    Ok((kind, length))
}

fn too_long() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "frame too long")
}

/// Encodes a structured body.
pub fn encode(value: &impl Serialize) -> io::Result<Vec<u8>> {
    serde_json::to_vec(value).map_err(io::Error::other)
}

/// Decodes a structured body.
pub fn decode<T: DeserializeOwned>(body: &[u8]) -> io::Result<T> {
    serde_json::from_slice(body).map_err(|error| io::Error::new(io::ErrorKind::InvalidData, error))
}

/// Writes a frame, on the worker's side.
pub fn write(out: &mut impl Write, kind: u8, body: &[u8]) -> io::Result<()> {
    out.write_all(&head(kind, body)?)?;
    out.write_all(body)
}

/// Reads a frame, on the worker's side, and returns its kind.
pub fn read(input: &mut impl Read, body: &mut Vec<u8>) -> io::Result<u8> {
    let mut head = [0; HEAD_BYTES];
    input.read_exact(&mut head)?;
    let (kind, length) = parse_head(head)?;
    body.resize(length, 0);
    input.read_exact(body)?;
    Ok(kind)
}

/// Sends a frame, on the server's side.
pub async fn send(out: &mut (impl AsyncWrite + Unpin), kind: u8, body: &[u8]) -> io::Result<()> {
    out.write_all(&head(kind, body)?).await?;
    out.write_all(body).await?;
    out.flush().await
}

/// Receives a frame, on the server's side, and returns its kind.
pub async fn receive(input: &mut (impl AsyncRead + Unpin), body: &mut Vec<u8>) -> io::Result<u8> {
    let mut head = [0; HEAD_BYTES];
    input.read_exact(&mut head).await?;
    let (kind, length) = parse_head(head)?;
    body.resize(length, 0);
    input.read_exact(body).await?;
    Ok(kind)
}

/// Encodes the body of a read request.
pub fn encode_read(offset: u64, length: u32) -> [u8; 12] {
    let mut body = [0; 12];
    body[..8].copy_from_slice(&offset.to_be_bytes());
    body[8..].copy_from_slice(&length.to_be_bytes());
    body
}

/// Decodes the body of a read request.
pub fn decode_read(body: &[u8]) -> Option<(u64, usize)> {
    let (offset, length) = body.split_first_chunk::<8>()?;
    let length = <[u8; 4]>::try_from(length).ok()?;
    Some((
        u64::from_be_bytes(*offset),
        u32::from_be_bytes(length) as usize,
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn frame_round_trips() {
        let mut bytes = Vec::new();
        write(&mut bytes, kind::READ, &encode_read(7, 9)).unwrap();
        let mut body = Vec::new();
        assert_eq!(read(&mut bytes.as_slice(), &mut body).unwrap(), kind::READ);
        assert_eq!(decode_read(&body), Some((7, 9)));
    }

    #[test]
    fn long_frame_is_rejected_before_its_body_is_allocated() {
        let mut body = Vec::new();
        let error = read(&mut [0xff; 5].as_slice(), &mut body).unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        assert_eq!(body.capacity(), 0);
    }

    #[test]
    fn arbitrary_bytes_are_rejected_without_panic() {
        bolero::check!().for_each(|input: &[u8]| {
            let mut body = Vec::new();
            let _ = read(&mut &input[..], &mut body);
            let _ = decode_read(input);
            let _ = decode::<Summary>(input);
            let _ = decode::<Failure>(input);
        });
    }
}
