//! Results of processing a file.

pub use base::limit::WAVEFORM_BARS;
use bytes::Bytes;
use serde::{Deserialize, Serialize};

/// What to do with a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ProcessOptions {
    /// Whether to create variants and a blurhash of an image.
    pub variants: bool,
    /// Whether to return an image without its metadata.
    pub strip: bool,
    /// Whether to decode audio for its waveform.
    pub waveform: bool,
}

impl Default for ProcessOptions {
    fn default() -> Self {
        Self {
            variants: true,
            strip: true,
            waveform: true,
        }
    }
}

/// Metadata, variants and the stripped content of a file. What its type has not is `None`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Processed {
    /// Width in pixels as displayed, after rotation.
    pub width: Option<u32>,
    /// Height in pixels as displayed, after rotation.
    pub height: Option<u32>,
    /// Duration in milliseconds.
    pub duration_ms: Option<u64>,
    /// Peak amplitude of each 1/64 of the duration, 0 to 255, where 255 is the loudest.
    pub waveform: Option<Vec<u8>>,
    /// Blurhash of 4 × 3 components.
    pub blurhash: Option<String>,
    /// Number of pages.
    pub pages: Option<u32>,
    /// Thumbnails, the smallest first. The largest one is at most 1,280 pixels wide and exists
    /// for each decoded image; an image narrower than a size has no larger one.
    pub variants: Vec<Variant>,
    /// The content without its metadata; `None` if nothing had to be removed.
    pub stripped: Option<Bytes>,
}

/// Thumbnail of an image.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Variant {
    /// `64`, `320` or `1280`: the largest width.
    pub name: &'static str,
    /// `image/jpeg`, or `image/png` if the image has transparent pixels.
    pub content_type: &'static str,
    /// Width in pixels.
    pub width: u32,
    /// Height in pixels, at most three times the largest width.
    pub height: u32,
    /// The encoded image.
    pub bytes: Bytes,
}
