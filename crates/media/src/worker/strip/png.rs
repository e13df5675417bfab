//! PNG: chunks up to `IEND`.

use super::{EXIF_BYTES, take};

const SIGNATURE: &[u8] = b"\x89PNG\r\n\x1a\n";

/// Chunks that change how the image is displayed, animations included.
const KEPT: &[&[u8; 4]] = &[
    b"IHDR", b"PLTE", b"IDAT", b"IEND", b"tRNS", b"cHRM", b"gAMA", b"iCCP", b"sBIT", b"sRGB",
    b"bKGD", b"pHYs", b"cICP", b"mDCV", b"cLLI", b"acTL", b"fcTL", b"fdAT",
];

/// Returns the image with the chunks of [`KEPT`] only.
pub fn strip(image: &[u8], exif: Option<&[u8; EXIF_BYTES]>) -> Option<Vec<u8>> {
    let mut rest = image.strip_prefix(SIGNATURE)?;
    let mut output = Vec::with_capacity(image.len() + EXIF_BYTES + 12);
    output.extend_from_slice(SIGNATURE);
    let mut exif = exif;
    while let Some((length, body)) = rest.split_first_chunk::<4>() {
        let length = usize::try_from(u32::from_be_bytes(*length)).ok()?;
        let kind = body.first_chunk::<4>()?;
        let Some((_, after)) = take(rest, length.checked_add(12)?) else {
            // A truncated image is displayed as far as it reaches.
            if kind == b"IDAT" {
                output.extend_from_slice(rest);
            }
            break;
        };
        let chunk = &rest[..length + 12];
        if kind == b"IDAT"
            && let Some(exif) = exif.take()
        {
            push_exif(&mut output, exif);
        }
        if KEPT.contains(&kind) {
            output.extend_from_slice(chunk);
        }
        if kind == b"IEND" {
            break;
        }
        rest = after;
    }
    Some(output)
}

fn push_exif(output: &mut Vec<u8>, exif: &[u8; EXIF_BYTES]) {
    let chunk = [b"eXIf".as_slice(), exif].concat();
    output.extend([0, 0, 0, 26]);
    output.extend_from_slice(&chunk);
    output.extend(crc(&chunk).to_be_bytes());
}

/// Returns the CRC-32 of a chunk's type and content. It is computed for 30 bytes per image.
fn crc(bytes: &[u8]) -> u32 {
    let step = |sum: u32, _| {
        let is_odd = sum & 1 == 1;
        if is_odd {
            sum >> 1 ^ 0xedb8_8320
        } else {
            sum >> 1
        }
    };
    !bytes.iter().fold(u32::MAX, |sum, byte| {
        (0..8).fold(sum ^ u32::from(*byte), step)
    })
}

#[cfg(test)]
mod tests {
    #[test]
    fn crc_is_the_one_of_the_specification() {
        assert_eq!(super::crc(b"IEND"), 0xae42_6082);
    }
}
