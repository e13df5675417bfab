//! The file that is processed, read by ranges from the server.

use std::io::{self, Read, Seek, SeekFrom, Write};

use crate::protocol::{self, kind};

/// The first range after a jump. Ranges double up to [`protocol::FRAME_BYTES`] while the file
/// is read in order.
const FIRST_RANGE: usize = 32 * 1024;

/// File behind the standard streams, with one buffered range.
pub struct RemoteFile {
    size: u64,
    position: u64,
    buffer: Vec<u8>,
    buffer_start: u64,
    range: usize,
    budget: u64,
    lost: Option<io::Error>,
}

/// Returns the bytes of a file that a worker may read in all.
pub fn read_budget(size: u64) -> u64 {
    const SMALLEST: u64 = 4 * 1024 * 1024;
    const LARGEST: u64 = 256 * 1024 * 1024;
    size.saturating_mul(3).clamp(SMALLEST, LARGEST)
}

impl RemoteFile {
    /// Creates a file of `size` bytes.
    pub fn new(size: u64) -> Self {
        Self {
            size,
            position: 0,
            buffer: Vec::new(),
            buffer_start: 0,
            range: FIRST_RANGE,
            budget: read_budget(size),
            lost: None,
        }
    }

    /// Returns the error of the connection to the server, after which it is unusable.
    pub fn into_error(self) -> Option<io::Error> {
        self.lost
    }

    fn buffered(&self) -> &[u8] {
        let start = self.position.checked_sub(self.buffer_start);
        let start = start.and_then(|start| usize::try_from(start).ok());
        start
            .and_then(|start| self.buffer.get(start..))
            .unwrap_or(&[])
    }

    fn fill(&mut self) -> io::Result<()> {
        let is_next = self.buffer_start + self.buffer.len() as u64 == self.position;
        self.range = if is_next {
            (self.range * 2).min(protocol::FRAME_BYTES)
        } else {
            FIRST_RANGE
        };
        let left = self.size - self.position;
        let length = left.min(self.range as u64).min(self.budget);
        if length == 0 {
            return Err(io::Error::other("read budget exhausted"));
        }
        self.budget -= length;
        if let Err(error) = self.request(length) {
            self.buffer.clear();
            self.lost = Some(io::Error::from(error.kind()));
            return Err(error);
        }
        Ok(())
    }

    fn request(&mut self, length: u64) -> io::Result<()> {
        let length = u32::try_from(length).map_err(io::Error::other)?;
        let mut output = io::stdout();
        let body = protocol::encode_read(self.position, length);
        protocol::write(&mut output, kind::READ, &body)?;
        output.flush()?;
        let answer = protocol::read(&mut io::stdin(), &mut self.buffer)?;
        if answer != kind::BYTES || self.buffer.len() != length as usize {
            return Err(io::Error::new(
                io::ErrorKind::InvalidData,
                "unexpected frame",
            ));
        }
        self.buffer_start = self.position;
        Ok(())
    }
}

impl Read for RemoteFile {
    fn read(&mut self, target: &mut [u8]) -> io::Result<usize> {
        if self.position >= self.size || target.is_empty() {
            return Ok(0);
        }
        if self.buffered().is_empty() {
            self.fill()?;
        }
        let available = self.buffered();
        let length = available.len().min(target.len());
        target[..length].copy_from_slice(&available[..length]);
        self.position += length as u64;
        Ok(length)
    }
}

impl Seek for RemoteFile {
    fn seek(&mut self, to: SeekFrom) -> io::Result<u64> {
        let position = match to {
            SeekFrom::Start(offset) => Some(offset),
            SeekFrom::End(delta) => self.size.checked_add_signed(delta),
            SeekFrom::Current(delta) => self.position.checked_add_signed(delta),
        };
        let position = position.ok_or(io::ErrorKind::InvalidInput)?;
        self.position = position;
        Ok(position)
    }
}
