//! GIF: blocks up to the trailer.

use super::take;

const IMAGE: u8 = 0x2c;
const EXTENSION: u8 = 0x21;
const TRAILER: u8 = 0x3b;
const GRAPHIC_CONTROL: u8 = 0xf9;
const APPLICATION: u8 = 0xff;
const PLAIN_TEXT: u8 = 0x01;

/// Applications whose extension says how often an animation is repeated.
const LOOPS: &[&[u8]] = &[b"NETSCAPE2.0", b"ANIMEXTS1.0"];

/// Returns the image without comments and extensions of applications (XMP is one).
pub fn strip(image: &[u8]) -> Option<Vec<u8>> {
    let is_gif = image.starts_with(b"GIF87a") || image.starts_with(b"GIF89a");
    let flags = *image.get(10).filter(|_| is_gif)?;
    let (header, mut rest) = take(image, 13 + table_bytes(flags))?;
    let mut output = Vec::with_capacity(image.len());
    output.extend_from_slice(header);
    while let Some((&kind, body)) = rest.split_first() {
        let (length, is_kept) = match kind {
            IMAGE => {
                let Some(flags) = body.get(8) else { break };
                let head = 9 + table_bytes(*flags) + 1;
                (1 + head + sub_blocks(body.get(head..).unwrap_or(&[])), true)
            }
            EXTENSION => {
                let content = body.get(1..).unwrap_or(&[]);
                let is_kept = is_kept_extension(body.first().copied(), content);
                (2 + sub_blocks(content), is_kept)
            }
            TRAILER => {
                output.push(TRAILER);
                break;
            }
            // Decoders skip bytes between blocks.
            _ => (1, false),
        };
        // A truncated image is displayed as far as it reaches.
        let (block, after) = rest.split_at(length.min(rest.len()));
        if is_kept {
            output.extend_from_slice(block);
        }
        rest = after;
    }
    Some(output)
}

fn is_kept_extension(label: Option<u8>, content: &[u8]) -> bool {
    match label {
        Some(GRAPHIC_CONTROL | PLAIN_TEXT) => true,
        Some(APPLICATION) => content.get(1..12).is_some_and(|name| LOOPS.contains(&name)),
        _ => false,
    }
}

/// Returns the bytes of a color table by the flags of its owner.
fn table_bytes(flags: u8) -> usize {
    if flags & 0x80 == 0 {
        0
    } else {
        3 << ((flags & 7) + 1)
    }
}

/// Returns the bytes of a sequence of sub-blocks, with its terminator.
fn sub_blocks(bytes: &[u8]) -> usize {
    let mut at = 0;
    while let Some(&length) = bytes.get(at) {
        at += 1 + usize::from(length);
        if length == 0 {
            break;
        }
    }
    at
}
