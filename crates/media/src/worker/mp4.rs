//! Rotation of MP4 and `QuickTime` video, which the demuxer does not report.
//!
//! Phones record upright video as turned frames with a matrix in the track header.

use std::io::{self, SeekFrom};
use std::ops::Range;

use super::Input;

/// Boxes that are looked at on one level.
const BOXES: usize = 1_000;

/// Returns whether the first video track is displayed turned by a quarter, so that width and
/// height change places. Other files, also invalid ones, are not turned.
pub fn is_turned(file: &mut dyn Input, size: u64) -> bool {
    find_turned(file, size).ok().flatten().unwrap_or(false)
}

fn find_turned(file: &mut dyn Input, size: u64) -> io::Result<Option<bool>> {
    let start: [u8; 8] = read(file, &(0..size))?;
    let is_known = [b"ftyp", b"moov", b"wide", b"mdat", b"free"];
    if !is_known.iter().any(|kind| start.ends_with(*kind)) {
        return Ok(None);
    }
    let Some(movie) = find(file, 0..size, *b"moov")? else {
        return Ok(None);
    };
    let mut rest = movie;
    for _ in 0..BOXES {
        let Some(track) = find(file, rest.clone(), *b"trak")? else {
            return Ok(None);
        };
        rest.start = track.end;
        if is_video(file, track.clone())? {
            return is_turned_track(file, track).map(Some);
        }
    }
    Ok(None)
}

fn is_video(file: &mut dyn Input, track: Range<u64>) -> io::Result<bool> {
    let Some(media) = find(file, track, *b"mdia")? else {
        return Ok(false);
    };
    let Some(handler) = find(file, media, *b"hdlr")? else {
        return Ok(false);
    };
    let content: [u8; 12] = read(file, &handler)?;
    Ok(&content[8..] == b"vide")
}

fn is_turned_track(file: &mut dyn Input, track: Range<u64>) -> io::Result<bool> {
    let Some(header) = find(file, track, *b"tkhd")? else {
        return Ok(false);
    };
    let [version] = read(file, &header)?;
    let matrix_at = if version == 1 { 52 } else { 40 };
    let matrix: [u8; 8] = read(file, &(header.start + matrix_at..header.end))?;
    // Its first two numbers: cosine and sine of the angle.
    Ok(matrix[..4] == [0; 4] && matrix[4..] != [0; 4])
}

/// Returns the content of the first box of a kind in a range.
fn find(file: &mut dyn Input, range: Range<u64>, kind: [u8; 4]) -> io::Result<Option<Range<u64>>> {
    let mut at = range.start;
    for _ in 0..BOXES {
        if range.end.saturating_sub(at) < 8 {
            return Ok(None);
        }
        let head: [u8; 8] = read(file, &(at..range.end))?;
        let [a, b, c, d, found @ ..] = head;
        let (head_bytes, length) = match u32::from_be_bytes([a, b, c, d]) {
            0 => (8, range.end - at),
            1 => (16, u64::from_be_bytes(read(file, &(at + 8..range.end))?)),
            length => (8, length.into()),
        };
        let end = at.checked_add(length).filter(|end| *end <= range.end);
        let Some(end) = end.filter(|_| length >= head_bytes) else {
            return Ok(None);
        };
        if found == kind {
            return Ok(Some(at + head_bytes..end));
        }
        at = end;
    }
    Ok(None)
}

/// Reads the start of a range.
fn read<const LENGTH: usize>(file: &mut dyn Input, range: &Range<u64>) -> io::Result<[u8; LENGTH]> {
    if range.end.saturating_sub(range.start) < LENGTH as u64 {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    let mut bytes = [0; LENGTH];
    file.seek(SeekFrom::Start(range.start))?;
    file.read_exact(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use std::io::Cursor;

    use super::*;

    #[test]
    fn arbitrary_boxes_end_without_panic() {
        bolero::check!().for_each(|input: &[u8]| {
            let file = [b"\0\0\0\x08ftyp".as_slice(), input].concat();
            let size = file.len() as u64;
            is_turned(&mut Cursor::new(file), size);
        });
    }
}
