//! Exchange of frames with a worker about one file.

use std::io;
use std::time::Duration;

use bytes::{Bytes, BytesMut};
use tokio::time::Instant;

use super::child::Child;
use super::{ProcessError, WorkerOptions};
use crate::processed::{ProcessOptions, Processed, Variant, WAVEFORM_BARS};
use crate::protocol::{self, Failure, Job, Summary, VariantSummary, kind};
use crate::source::Source;
use crate::worker::{LONGEST_MS, SIZES, read_budget};

/// Bytes of one variant: more than a PNG of 1,280 × 3,840 pixels without compression.
const VARIANT_BYTES: u64 = 24 * 1024 * 1024;

/// Bytes by which stripping may lengthen a file.
const STRIPPED_GROWTH: u64 = 1024;

/// Characters of a blurhash of 4 × 3 components.
const BLURHASH_LENGTH: usize = 28;

/// Outcome of an exchange.
pub enum Ending {
    /// The worker answered and is ready for the next file.
    Answered(Result<Processed, ProcessError>),
    /// The worker is in an unknown state and must be killed.
    Broken(Break),
    /// An idle worker had ended before it received the file.
    Gone,
}

/// Reason why an exchange broke off.
pub enum Break {
    /// The worker closed its streams: it has ended or is about to.
    Ended,
    /// The worker sent what it must not.
    Violation,
    /// The worker used all its time.
    TimedOut,
    /// The file could not be read.
    Source(io::Error),
}

/// Sends a file to a worker and receives the result.
pub async fn run(
    child: &mut Child,
    options: &WorkerOptions,
    media_type: &str,
    source: &dyn Source,
    wanted: ProcessOptions,
) -> Ending {
    let is_reused = child.files() > 0;
    child.count_file();
    let size = source.size();
    let mut exchange = Exchange {
        child,
        source,
        source_time: options.source_time,
        left: options.wall_time,
        size,
        budget: read_budget(size),
        body: Vec::new(),
        has_received: false,
    };
    let job = Job {
        media_type: media_type.to_owned(),
        size,
        options: wanted,
    };
    match exchange.run(&job).await {
        Ok(result) => Ending::Answered(result),
        Err(Break::Ended) if is_reused && !exchange.has_received => Ending::Gone,
        Err(reason) => Ending::Broken(reason),
    }
}

struct Exchange<'a> {
    child: &'a mut Child,
    source: &'a dyn Source,
    source_time: Duration,
    /// Time that the worker may still use.
    left: Duration,
    size: u64,
    /// Bytes that the worker may still read.
    budget: u64,
    body: Vec<u8>,
    has_received: bool,
}

impl Exchange<'_> {
    async fn run(&mut self, job: &Job) -> Result<Result<Processed, ProcessError>, Break> {
        let body = protocol::encode(job).map_err(|_| Break::Violation)?;
        self.send(kind::PROCESS, &body).await?;
        loop {
            match self.receive().await? {
                kind::READ => self.answer_read().await?,
                kind::DONE => return self.receive_result().await.map(Ok),
                kind::FAILED => {
                    let failure = protocol::decode(&self.body).map_err(|_| Break::Violation)?;
                    return Ok(Err(error_of(failure)));
                }
                _ => return Err(Break::Violation),
            }
        }
    }

    async fn answer_read(&mut self) -> Result<(), Break> {
        let (offset, length) = protocol::decode_read(&self.body).ok_or(Break::Violation)?;
        let end = offset.checked_add(length as u64).ok_or(Break::Violation)?;
        let left = self.budget.checked_sub(length as u64);
        if end > self.size || length > protocol::FRAME_BYTES {
            return Err(Break::Violation);
        }
        self.budget = left.ok_or(Break::Violation)?;
        let read = self.source.read(offset, length);
        let bytes = tokio::time::timeout(self.source_time, read)
            .await
            .unwrap_or_else(|_| Err(io::ErrorKind::TimedOut.into()))
            .map_err(Break::Source)?;
        if bytes.len() != length {
            return Err(Break::Source(io::ErrorKind::UnexpectedEof.into()));
        }
        self.send(kind::BYTES, &bytes).await
    }

    async fn receive_result(&mut self) -> Result<Processed, Break> {
        let summary: Summary = protocol::decode(&self.body).map_err(|_| Break::Violation)?;
        if !is_plausible(&summary, self.size) {
            return Err(Break::Violation);
        }
        let mut variants = Vec::with_capacity(summary.variants.len());
        for described in &summary.variants {
            let bytes = self.receive_data(described.length).await?;
            variants.push(variant(described, bytes).ok_or(Break::Violation)?);
        }
        let stripped = match summary.stripped {
            Some(length) => Some(self.receive_data(length).await?),
            None => None,
        };
        Ok(Processed {
            width: summary.width,
            height: summary.height,
            duration_ms: summary.duration_ms,
            waveform: summary.waveform,
            blurhash: summary.blurhash,
            pages: summary.pages,
            variants,
            stripped,
        })
    }

    async fn receive_data(&mut self, length: u64) -> Result<Bytes, Break> {
        let length = usize::try_from(length).map_err(|_| Break::Violation)?;
        let mut data = BytesMut::with_capacity(length);
        while data.len() < length {
            let kind = self.receive().await?;
            let is_valid = kind == kind::DATA && !self.body.is_empty();
            if !is_valid || data.len() + self.body.len() > length {
                return Err(Break::Violation);
            }
            data.extend_from_slice(&self.body);
        }
        Ok(data.freeze())
    }

    async fn send(&mut self, kind: u8, body: &[u8]) -> Result<(), Break> {
        let started = Instant::now();
        let send = protocol::send(&mut self.child.input, kind, body);
        let sent = tokio::time::timeout(self.left, send).await;
        self.left = self.left.saturating_sub(started.elapsed());
        sent.map_err(|_| Break::TimedOut)?.map_err(|_| Break::Ended)
    }

    async fn receive(&mut self) -> Result<u8, Break> {
        let started = Instant::now();
        let receive = protocol::receive(&mut self.child.output, &mut self.body);
        let received = tokio::time::timeout(self.left, receive).await;
        self.left = self.left.saturating_sub(started.elapsed());
        self.has_received |= matches!(received, Ok(Ok(_)));
        received
            .map_err(|_| Break::TimedOut)?
            .map_err(|_| Break::Ended)
    }
}

fn error_of(failure: Failure) -> ProcessError {
    match failure {
        Failure::Unsupported(_) => ProcessError::Unsupported,
        Failure::Malformed(detail) => ProcessError::Malformed(detail),
        Failure::TooLarge(_) => ProcessError::TooLarge,
    }
}

/// Checks what a worker announces. Its texts reach clients, and its sizes are allocated.
fn is_plausible(summary: &Summary, size: u64) -> bool {
    let waveform = summary.waveform.as_ref();
    let blurhash = summary.blurhash.as_ref();
    let is_text = |hash: &String| hash.bytes().all(|byte| byte.is_ascii_graphic());
    let is_short = |variant: &VariantSummary| variant.length <= VARIANT_BYTES;
    waveform.is_none_or(|bars| bars.len() == WAVEFORM_BARS)
        && blurhash.is_none_or(|hash| hash.len() == BLURHASH_LENGTH && is_text(hash))
        && summary
            .duration_ms
            .is_none_or(|duration| duration <= LONGEST_MS)
        && summary.variants.len() <= SIZES.len()
        && summary.variants.iter().all(is_short)
        && summary
            .stripped
            .is_none_or(|length| length <= size + STRIPPED_GROWTH)
}

fn variant(described: &VariantSummary, bytes: Bytes) -> Option<Variant> {
    let name = match described.size {
        64 => "64",
        320 => "320",
        1280 => "1280",
        _ => return None,
    };
    Some(Variant {
        name,
        content_type: if described.is_png {
            "image/png"
        } else {
            "image/jpeg"
        },
        width: described.width,
        height: described.height,
        bytes,
    })
}
