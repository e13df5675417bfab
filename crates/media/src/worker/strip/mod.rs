//! Removal of metadata from images without re-encoding.
//!
//! Each format keeps the parts that decoding needs, and the color profile; everything else is
//! removed, also what follows the end of the image. An orientation that changes how the image is
//! displayed is put back as the only tag of a new EXIF block.

mod gif;
mod jpeg;
mod png;
mod webp;

use image::ImageFormat;

use crate::protocol::Failure;

/// Returns the image without metadata. `orientation` is its EXIF orientation, 1 to 8.
pub fn strip(format: ImageFormat, image: &[u8], orientation: u8) -> Result<Vec<u8>, Failure> {
    let exif = (orientation != 1).then(|| minimal_exif(orientation));
    let stripped = match format {
        ImageFormat::Jpeg => jpeg::strip(image, exif.as_ref()),
        ImageFormat::Png => png::strip(image, exif.as_ref()),
        ImageFormat::WebP => webp::strip(image, exif.as_ref()),
        ImageFormat::Gif => gif::strip(image),
        _ => None,
    };
    stripped.ok_or_else(|| Failure::Malformed("parts of the image cannot be told apart".to_owned()))
}

/// Length of [`minimal_exif`].
const EXIF_BYTES: usize = 26;

/// Returns an EXIF block in little-endian byte order with the orientation as its only tag.
fn minimal_exif(orientation: u8) -> [u8; EXIF_BYTES] {
    const TEMPLATE: &[u8; EXIF_BYTES] =
        b"II*\0\x08\0\0\0\x01\0\x12\x01\x03\0\x01\0\0\0\0\0\0\0\0\0\0\0";
    let mut exif = *TEMPLATE;
    exif[18] = orientation;
    exif
}

/// Returns the next `length` bytes and what follows.
fn take(bytes: &[u8], length: usize) -> Option<(&[u8], &[u8])> {
    bytes.split_at_checked(length)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn arbitrary_bytes_are_stripped_without_panic() {
        let formats = [
            (ImageFormat::Jpeg, b"\xff\xd8".as_slice()),
            (ImageFormat::Png, b"\x89PNG\r\n\x1a\n"),
            (ImageFormat::WebP, b"RIFF\xff\xff\0\0WEBP"),
            (ImageFormat::Gif, b"GIF89a"),
        ];
        bolero::check!().for_each(|input: &[u8]| {
            for (format, start) in formats {
                let _ = strip(format, &[start, input].concat(), 6);
            }
        });
    }
}
