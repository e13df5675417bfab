//! The child process that decodes files.

mod image;
mod mp4;
mod pdf;
mod peaks;
mod remote_file;
mod sandbox;
mod strip;
mod timed;

use std::io::{self, Read, Seek, Write};
use std::process::ExitCode;

use bytes::Bytes;

use crate::protocol::{self, Failure, Job, Start, Summary, VariantSummary, kind};
use remote_file::RemoteFile;

pub(crate) use image::SIZES;
pub(crate) use remote_file::read_budget;
pub(crate) use timed::LONGEST_MS;

/// Input of a decoder.
pub(crate) trait Input: Read + Seek + Send + Sync {}

impl<T: Read + Seek + Send + Sync> Input for T {}

/// What a decoder returns: metadata, the variants' bytes and the stripped content.
#[derive(Debug, Default)]
pub(crate) struct Output {
    pub summary: Summary,
    pub variants: Vec<Vec<u8>>,
    pub stripped: Option<Bytes>,
}

/// Runs a worker until its standard input ends.
///
/// Call it before the process starts a thread or opens a file: the bounds apply to the whole
/// process, and some need a single thread.
pub fn run() -> ExitCode {
    run_with(|_| ())
}

/// Runs a worker that calls `on_file` with the content type of each file before it is processed.
/// Tests plant faults there.
#[doc(hidden)]
pub fn run_with(on_file: fn(&str)) -> ExitCode {
    match serve(&mut io::stdin(), &mut io::stdout(), on_file) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            let _ = writeln!(io::stderr(), "media worker: {error}");
            ExitCode::FAILURE
        }
    }
}

fn serve(input: &mut io::Stdin, output: &mut io::Stdout, on_file: fn(&str)) -> io::Result<()> {
    let mut body = Vec::new();
    if protocol::read(input, &mut body)? != kind::START {
        return Err(unexpected());
    }
    let start: Start = protocol::decode(&body)?;
    sandbox::enter(start)?;
    loop {
        match protocol::read(input, &mut body) {
            Ok(kind::PROCESS) => {}
            Ok(_) => return Err(unexpected()),
            // The server has no more files, or has ended.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => return Ok(()),
            Err(error) => return Err(error),
        }
        let job: Job = protocol::decode(&body)?;
        sandbox::bound_cpu_time(start.cpu_seconds)?;
        on_file(&job.media_type);
        answer(&job, output)?;
    }
}

fn unexpected() -> io::Error {
    io::Error::new(io::ErrorKind::InvalidData, "unexpected frame")
}

fn answer(job: &Job, output: &mut io::Stdout) -> io::Result<()> {
    let mut file = RemoteFile::new(job.size);
    let result = process(job, &mut file);
    if let Some(lost) = file.into_error() {
        return Err(lost);
    }
    match result {
        Ok(done) => send(done, output),
        Err(failure) => protocol::write(output, kind::FAILED, &protocol::encode(&failure)?),
    }?;
    output.flush()
}

/// Processes a file.
pub(crate) fn process(job: &Job, file: &mut dyn Input) -> Result<Output, Failure> {
    match job.media_type.as_str() {
        "image/jpeg" | "image/png" | "image/gif" | "image/webp" => {
            image::process(&job.media_type, file, job.size, job.options)
        }
        "application/pdf" => pdf::process(file, job.size),
        kind if kind.starts_with("audio/") || kind.starts_with("video/") => {
            timed::process(kind, file, job.size, job.options)
        }
        other => Err(Failure::Unsupported(other.to_owned())),
    }
}

/// Reads a whole file of at most `most` bytes.
fn read_all(file: &mut dyn Input, size: u64, most: usize) -> Result<Vec<u8>, Failure> {
    if size > most as u64 {
        return Err(Failure::TooLarge(format!("{size} bytes")));
    }
    let mut content = Vec::with_capacity(usize::try_from(size).unwrap_or(0));
    let read = file.take(size).read_to_end(&mut content);
    read.map_err(|error| Failure::Malformed(error.to_string()))?;
    Ok(content)
}

fn send(done: Output, output: &mut io::Stdout) -> io::Result<()> {
    let Output {
        mut summary,
        variants,
        stripped,
    } = done;
    for (described, bytes) in summary.variants.iter_mut().zip(&variants) {
        described.length = bytes.len() as u64;
    }
    summary.stripped = stripped.as_ref().map(|bytes| bytes.len() as u64);
    protocol::write(output, kind::DONE, &protocol::encode(&summary)?)?;
    let parts = variants.iter().map(Vec::as_slice);
    for part in parts.chain(stripped.as_deref()) {
        for chunk in part.chunks(protocol::FRAME_BYTES) {
            protocol::write(output, kind::DATA, chunk)?;
        }
    }
    Ok(())
}

impl Output {
    /// Adds a variant.
    pub(crate) fn add_variant(&mut self, described: VariantSummary, bytes: Vec<u8>) {
        self.summary.variants.push(described);
        self.variants.push(bytes);
    }
}
