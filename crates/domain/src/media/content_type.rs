use base::{Error, ErrorCode, Result};

use super::collections::FilePurpose;

/// Media type of content that is not recognized.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// Media types that a browser may show in place. All others are served as downloads.
const INLINE: &[&str] = &[
    "application/pdf",
    "audio/aac",
    "audio/flac",
    "audio/mp4",
    "audio/mpeg",
    "audio/ogg",
    "audio/wav",
    "audio/webm",
    "audio/x-wav",
    "audio/x-flac",
    "audio/m4a",
    "audio/opus",
    "image/avif",
    "image/gif",
    "image/jpeg",
    "image/png",
    "image/webp",
    "video/mp4",
    "video/ogg",
    "video/webm",
    "video/quicktime",
];

/// Returns whether a browser may show content of this type in place.
#[must_use]
pub fn is_inline(content_type: &str) -> bool {
    INLINE.contains(&content_type)
}

/// Returns the media type to store for content that begins with `head`.
///
/// # Errors
/// 422 `content_type_mismatch` if the claimed type is an image, audio, video or PDF and the content
/// is not.
pub(super) fn checked(purpose: FilePurpose, head: &[u8], claimed: Option<&str>) -> Result<String> {
    if purpose == FilePurpose::Encrypted {
        return Ok(UNKNOWN.to_owned());
    }
    let essence = claimed
        .and_then(|claimed| claimed.split(';').next())
        .map(|essence| essence.trim().to_ascii_lowercase());
    let found = infer::get(head).map(|found| found.mime_type());
    let Some(claimed) = essence else {
        return Ok(found.unwrap_or(UNKNOWN).to_owned());
    };
    let class = |media_type: &str| media_type.split('/').next().map(str::to_owned);
    match found {
        Some(found) if class(found) == class(&claimed) => Ok(found.to_owned()),
        // Containers such as Ogg, MP4 and WebM hold sound or pictures.
        Some(found) if is_av(found) && is_av(&claimed) => Ok(claimed),
        Some(found) if !must_match(&claimed) => Ok(match must_match(found) {
            true => found.to_owned(),
            false => claimed,
        }),
        None if !must_match(&claimed) => Ok(claimed),
        _ => Err(Error::new(
            ErrorCode::ContentTypeMismatch,
            format!("The content is not of the type {claimed}."),
        )),
    }
}

fn is_av(media_type: &str) -> bool {
    media_type.starts_with("audio/") || media_type.starts_with("video/")
}

/// Returns whether a claim of the type must be true, since clients and processing rely on it.
fn must_match(media_type: &str) -> bool {
    let drawn = media_type.starts_with("image/") && media_type != "image/svg+xml";
    drawn || is_av(media_type) || media_type == "application/pdf"
}
