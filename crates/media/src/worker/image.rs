//! Images: dimensions, thumbnails, blurhash, content without metadata.

use std::io::Cursor;

use base::limit;
use bytes::Bytes;
use fast_image_resize::{ResizeOptions, Resizer};
use image::codecs::jpeg::JpegEncoder;
use image::codecs::png::PngEncoder;
use image::metadata::Orientation;
use image::{
    ColorType, DynamicImage, ImageDecoder, ImageEncoder, ImageError, ImageFormat, ImageReader,
    Limits,
};

use super::{Input, Output, strip};
use crate::processed::ProcessOptions;
use crate::protocol::{Failure, VariantSummary};

/// Largest widths of the variants, in pixels.
pub const SIZES: [u32; 3] = [64, 320, 1280];

/// A variant is at most this many times as high as its largest width.
const HIGHEST: u32 = 3;

const JPEG_QUALITY: u8 = 80;

/// Memory of the decoded pixels: 50 megapixels of 4 bytes.
const DECODED_BYTES: u64 = 4 * limit::MEDIA_IMAGE_PIXELS as u64;

/// Profiles above this size are not worth their bytes in a thumbnail.
const PROFILE_BYTES: usize = 4 * 1024;

/// Processes an image.
///
/// An image of too many pixels is not decoded, but has dimensions and is stripped: large
/// photographs have locations too.
pub fn process(
    media_type: &str,
    file: &mut dyn Input,
    size: u64,
    options: ProcessOptions,
) -> Result<Output, Failure> {
    let format = ImageFormat::from_mime_type(media_type)
        .ok_or_else(|| Failure::Unsupported(media_type.to_owned()))?;
    let encoded = super::read_all(file, size, limit::MEDIA_IMAGE_BYTES)?;
    let mut output = Output::default();
    let orientation = decode(&encoded, format, options, &mut output)?;
    if options.strip {
        let turn = orientation.to_exif();
        let stripped = strip::strip(format, &encoded, turn)?;
        output.stripped = (stripped != encoded).then(|| Bytes::from(stripped));
    }
    Ok(output)
}

fn decode(
    encoded: &[u8],
    format: ImageFormat,
    options: ProcessOptions,
    output: &mut Output,
) -> Result<Orientation, Failure> {
    let mut reader = ImageReader::with_format(Cursor::new(encoded), format);
    reader.limits(limits());
    let mut decoder = reader.into_decoder().map_err(failure)?;
    let (width, height) = decoder.dimensions();
    if width == 0 || height == 0 {
        return Err(Failure::Malformed("no pixels".to_owned()));
    }
    let orientation = decoder.orientation().unwrap_or(Orientation::NoTransforms);
    let (shown_width, shown_height) = if swaps_sides(orientation) {
        (height, width)
    } else {
        (width, height)
    };
    output.summary.width = Some(shown_width);
    output.summary.height = Some(shown_height);
    let pixels = u64::from(width) * u64::from(height);
    let is_decoded = pixels <= limit::MEDIA_IMAGE_PIXELS as u64
        && decoder.total_bytes() <= DECODED_BYTES
        && options.variants;
    if is_decoded {
        let profile = decoder.icc_profile().ok().flatten();
        let image = DynamicImage::from_decoder(decoder).map_err(failure)?;
        let profile = profile.filter(|profile| is_usable(profile, image.color()));
        add_variants(image, orientation, profile.as_deref(), output)?;
    }
    Ok(orientation)
}

fn limits() -> Limits {
    let mut limits = Limits::default();
    let side = u32::try_from(limit::MEDIA_IMAGE_SIDE).unwrap_or(u32::MAX);
    limits.max_image_width = Some(side);
    limits.max_image_height = Some(side);
    // Decoders need tables and a copy of the encoded bytes in addition to the pixels.
    limits.max_alloc = Some(DECODED_BYTES + 2 * limit::MEDIA_IMAGE_BYTES as u64);
    limits
}

fn failure(error: ImageError) -> Failure {
    match error {
        ImageError::Limits(error) => Failure::TooLarge(error.to_string()),
        ImageError::Unsupported(error) => Failure::Unsupported(error.to_string()),
        error => Failure::Malformed(error.to_string()),
    }
}

fn swaps_sides(orientation: Orientation) -> bool {
    matches!(
        orientation,
        Orientation::Rotate90
            | Orientation::Rotate270
            | Orientation::Rotate90FlipH
            | Orientation::Rotate270FlipH
    )
}

/// Returns whether a color profile describes the pixels of a thumbnail, which are never CMYK.
fn is_usable(profile: &[u8], color: ColorType) -> bool {
    let expected: &[u8] = if color.has_color() { b"RGB " } else { b"GRAY" };
    profile.len() <= PROFILE_BYTES && profile.get(16..20) == Some(expected)
}

/// Adds the variants, each made from the next larger one, and the blurhash.
fn add_variants(
    image: DynamicImage,
    orientation: Orientation,
    profile: Option<&[u8]>,
    output: &mut Output,
) -> Result<(), Failure> {
    let shown_width = if swaps_sides(orientation) {
        image.height()
    } else {
        image.width()
    };
    // The smallest size that shows the whole image is the last one needed.
    let largest = SIZES.iter().position(|size| *size >= shown_width);
    let sizes = &SIZES[..=largest.unwrap_or(SIZES.len() - 1)];
    let mut variants = Vec::new();
    let mut larger = image;
    let mut turn = orientation;
    for &size in sizes.iter().rev() {
        larger = to_eight_bits(resize(larger, size, turn)?);
        larger.apply_orientation(turn);
        turn = Orientation::NoTransforms;
        variants.push((size, larger.clone()));
    }
    let is_png = variants
        .first()
        .is_some_and(|(_, image)| is_transparent(image));
    output.summary.blurhash = blurhash(&larger);
    for (size, image) in variants.into_iter().rev() {
        let described = VariantSummary {
            size,
            is_png,
            width: image.width(),
            height: image.height(),
            length: 0,
        };
        output.add_variant(described, encode(image, is_png, profile)?);
    }
    Ok(())
}

/// Shrinks an image so that it is at most `size` wide and [`HIGHEST`] times as high after it is
/// turned.
fn resize(image: DynamicImage, size: u32, turn: Orientation) -> Result<DynamicImage, Failure> {
    let highest = size * HIGHEST;
    let (most_width, most_height) = if swaps_sides(turn) {
        (highest, size)
    } else {
        (size, highest)
    };
    let width = u64::from(image.width());
    let height = u64::from(image.height());
    // The smaller of the two ratios decides; one never enlarges.
    let (most, side) = if u64::from(most_width) * height <= u64::from(most_height) * width {
        (u64::from(most_width), width)
    } else {
        (u64::from(most_height), height)
    };
    if most >= side {
        return Ok(image);
    }
    let scaled = |length: u64| {
        let rounded = (length * most + side / 2) / side;
        u32::try_from(rounded).unwrap_or(1).max(1)
    };
    let mut small = DynamicImage::new(scaled(width), scaled(height), image.color());
    let resized = Resizer::new().resize(&image, &mut small, &ResizeOptions::new());
    resized.map_err(|error| Failure::Unsupported(error.to_string()))?;
    Ok(small)
}

fn to_eight_bits(image: DynamicImage) -> DynamicImage {
    let color = image.color();
    if color.bytes_per_pixel() == color.channel_count() {
        image
    } else if color.has_alpha() {
        DynamicImage::ImageRgba8(image.into_rgba8())
    } else {
        DynamicImage::ImageRgb8(image.into_rgb8())
    }
}

fn is_transparent(image: &DynamicImage) -> bool {
    match image {
        DynamicImage::ImageRgba8(image) => image.pixels().any(|pixel| pixel.0[3] < u8::MAX),
        DynamicImage::ImageLumaA8(image) => image.pixels().any(|pixel| pixel.0[1] < u8::MAX),
        _ => false,
    }
}

fn encode(image: DynamicImage, is_png: bool, profile: Option<&[u8]>) -> Result<Vec<u8>, Failure> {
    let mut bytes = Vec::new();
    let profile = profile.map(<[u8]>::to_vec);
    let written = if is_png {
        let mut encoder = PngEncoder::new(&mut bytes);
        if let Some(profile) = profile {
            let _ = encoder.set_icc_profile(profile);
        }
        image.write_with_encoder(encoder)
    } else {
        let mut encoder = JpegEncoder::new_with_quality(&mut bytes, JPEG_QUALITY);
        if let Some(profile) = profile {
            let _ = encoder.set_icc_profile(profile);
        }
        opaque(image).write_with_encoder(encoder)
    };
    written.map_err(failure)?;
    Ok(bytes)
}

fn opaque(image: DynamicImage) -> DynamicImage {
    match image {
        DynamicImage::ImageRgba8(_) => DynamicImage::ImageRgb8(image.into_rgb8()),
        DynamicImage::ImageLumaA8(_) => DynamicImage::ImageLuma8(image.into_luma8()),
        image => image,
    }
}

/// Returns the blurhash of a small image on a white background.
fn blurhash(image: &DynamicImage) -> Option<String> {
    let mut pixels = image.to_rgba8();
    for pixel in pixels.pixels_mut() {
        let [red, green, blue, alpha] = pixel.0;
        let over_white = |channel: u8| {
            let mixed = u32::from(channel) * u32::from(alpha)
                + u32::from(u8::MAX) * u32::from(u8::MAX - alpha);
            u8::try_from(mixed / u32::from(u8::MAX)).unwrap_or(u8::MAX)
        };
        pixel.0 = [
            over_white(red),
            over_white(green),
            over_white(blue),
            u8::MAX,
        ];
    }
    blurhash::encode(4, 3, pixels.width(), pixels.height(), pixels.as_raw()).ok()
}
