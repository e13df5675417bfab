//! WebP: RIFF chunks.

use super::{EXIF_BYTES, take};

/// Chunks that change how the image is displayed, animations included.
const KEPT: &[&[u8; 4]] = &[
    b"VP8 ", b"VP8L", b"VP8X", b"ALPH", b"ANIM", b"ANMF", b"ICCP",
];

const HAS_EXIF: u8 = 0x08;
const HAS_XMP: u8 = 0x04;

/// Returns the image with the chunks of [`KEPT`] only.
///
/// Only an image with the extended header can have had an orientation; without one there is no
/// place for `exif`.
pub fn strip(image: &[u8], exif: Option<&[u8; EXIF_BYTES]>) -> Option<Vec<u8>> {
    let (size, mut rest) = image.strip_prefix(b"RIFF")?.split_first_chunk::<4>()?;
    let size = usize::try_from(u32::from_le_bytes(*size)).ok()?;
    // What follows the RIFF chunk is not a part of the image.
    rest = &rest[..rest.len().min(size)];
    rest = rest.strip_prefix(b"WEBP")?;
    let mut output = Vec::with_capacity(image.len() + EXIF_BYTES + 8);
    output.extend_from_slice(b"RIFF\0\0\0\0WEBP");
    let mut is_extended = false;
    while let Some((head, body)) = rest.split_first_chunk::<8>() {
        let (kind, length) = head.split_first_chunk::<4>()?;
        let length = u32::from_le_bytes(*length.first_chunk::<4>()?);
        let length = usize::try_from(length).ok()?;
        let padded = length.checked_add(length % 2)?;
        let (content, after) = take(body, padded).unwrap_or((body, &[]));
        if KEPT.contains(&kind) {
            let start = output.len() + head.len();
            output.extend_from_slice(head);
            output.extend_from_slice(content);
            if kind == b"VP8X" && !content.is_empty() {
                is_extended = true;
                output[start] &= !(HAS_EXIF | HAS_XMP);
                output[start] |= exif.map_or(0, |_| HAS_EXIF);
            }
        }
        rest = after;
    }
    if let Some(exif) = exif.filter(|_| is_extended) {
        output.extend_from_slice(b"EXIF\x1a\0\0\0");
        output.extend_from_slice(exif);
    }
    let size = u32::try_from(output.len() - 8).ok()?;
    output[4..8].copy_from_slice(&size.to_le_bytes());
    Some(output)
}
