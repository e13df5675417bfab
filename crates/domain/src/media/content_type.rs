use base::{Error, ErrorCode, Result};

use super::collections::FilePurpose;

/// Media type of content that is not recognized.
pub(super) const UNKNOWN: &str = "application/octet-stream";

/// Returns the media type to store for content that begins with `head`.
///
/// # Errors
/// 422 `content_type_mismatch` if the claimed type is an image, audio, video or PDF and the content
/// is not.
pub(super) fn checked(
    purpose: FilePurpose,
    head: &[u8],
    claimed: Option<&str>,
    name: Option<&str>,
) -> Result<String> {
    if purpose == FilePurpose::Encrypted {
        return Ok(UNKNOWN.to_owned());
    }
    media::claim(head, claimed, name.unwrap_or_default()).map_err(|error| {
        let detail = format!("The content is not of the type {}.", error.claimed);
        Error::new(ErrorCode::ContentTypeMismatch, detail)
    })
}
