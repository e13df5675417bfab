//! JPEG: segments up to the end-of-image marker.

use super::{EXIF_BYTES, take};

const START_OF_IMAGE: u8 = 0xd8;
const END_OF_IMAGE: u8 = 0xd9;
const START_OF_SCAN: u8 = 0xda;
const COMMENT: u8 = 0xfe;
const JFIF_BYTES: usize = 14;

/// Returns the image with its frames, scans, tables and profile only.
///
/// Phones append videos and further images, with locations of their own, after the end of the
/// image; these are removed too.
pub fn strip(image: &[u8], exif: Option<&[u8; EXIF_BYTES]>) -> Option<Vec<u8>> {
    let mut rest = image.strip_prefix(&[0xff, START_OF_IMAGE])?;
    let mut output = Vec::with_capacity(image.len() + EXIF_BYTES + 16);
    output.extend([0xff, START_OF_IMAGE]);
    // JFIF requires its segment to be the first one.
    let mut exif = exif;
    // A truncated image is displayed as far as it reaches.
    while let Some((marker, after)) = next_marker(rest) {
        if marker == END_OF_IMAGE {
            output.extend([0xff, END_OF_IMAGE]);
            break;
        }
        if is_bare(marker) {
            rest = after;
            continue;
        }
        let (length, _) = after.split_first_chunk::<2>()?;
        let length = usize::from(u16::from_be_bytes(*length));
        let Some((segment, after)) = take(after, length.max(2)) else {
            break;
        };
        if let Some(kept) = kept_part(marker, &segment[2..]) {
            if let Some(exif) = exif.take_if(|_| marker != 0xe0) {
                push_exif(&mut output, exif);
            }
            push(&mut output, marker, kept);
        }
        rest = after;
        if marker == START_OF_SCAN {
            let (scan, after) = rest.split_at(scan_length(rest));
            output.extend_from_slice(scan);
            rest = after;
        }
    }
    Some(output)
}

/// Returns the next marker and what follows it. Fill bytes and garbage before it are skipped.
fn next_marker(bytes: &[u8]) -> Option<(u8, &[u8])> {
    let mut at = 0;
    loop {
        at += bytes.get(at..)?.iter().position(|byte| *byte == 0xff)?;
        let marker = *bytes.get(at + 1)?;
        if marker != 0 && marker != 0xff {
            return Some((marker, &bytes[at + 2..]));
        }
        at += 1;
    }
}

/// Returns whether a marker has no segment: restart markers, start of image, TEM.
fn is_bare(marker: u8) -> bool {
    matches!(marker, 0x01 | 0xd0..=0xd8)
}

/// Returns the content to keep of a segment.
fn kept_part(marker: u8, content: &[u8]) -> Option<&[u8]> {
    match marker {
        0xe0 if content.starts_with(b"JFIF\0") => content.get(..JFIF_BYTES),
        0xe2 if content.starts_with(b"ICC_PROFILE\0") => Some(content),
        0xee if content.starts_with(b"Adobe") => Some(content),
        0xe0..=0xef | COMMENT => None,
        _ => Some(content),
    }
}

/// Returns the length of entropy-coded data: up to a marker that is neither a restart marker
/// nor a stuffed byte.
fn scan_length(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| *byte == 0xff) {
        at += found;
        match bytes.get(at + 1) {
            Some(0 | 0xd0..=0xd7) => at += 2,
            // Fill bytes precede a marker.
            Some(_) => return at,
            None => break,
        }
    }
    bytes.len()
}

fn push_exif(output: &mut Vec<u8>, exif: &[u8; EXIF_BYTES]) {
    let content = [b"Exif\0\0".as_slice(), exif].concat();
    push(output, 0xe1, &content);
}

fn push(output: &mut Vec<u8>, marker: u8, content: &[u8]) {
    // Contents come from segments, whose length has 16 bits.
    let length = u16::try_from(content.len() + 2).unwrap_or(u16::MAX);
    output.extend([0xff, marker]);
    output.extend(length.to_be_bytes());
    let start = output.len();
    output.extend_from_slice(content);
    if marker == 0xe0 {
        // No thumbnail: it may show what was cropped.
        output[start + JFIF_BYTES - 2..].fill(0);
    }
}
