//! The media type of a file: by its content, not by the client's word.

use crate::media_types::{ALIASES, CONTAINERS, ENDINGS, INLINE, RECOGNIZED};

/// Bytes at the start of a file that [`sniff`] and [`claim`] need.
pub const SNIFF_BYTES: usize = 8 * 1024;

const SVG: &str = "image/svg+xml";
const UNKNOWN: &str = "application/octet-stream";
const TOKEN_LENGTH: usize = 127;

/// A file whose content is not of the claimed image, audio, video or PDF type.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("content is not {claimed}")]
pub struct FalseClaim {
    /// The claimed type.
    pub claimed: String,
    /// The type of the content, if it is recognized.
    pub found: Option<&'static str>,
}

/// Returns the media type of a file by its first [`SNIFF_BYTES`] bytes.
///
/// Text is not recognized: it has no signature.
#[must_use]
pub fn sniff(head: &[u8]) -> Option<&'static str> {
    let head = &head[..head.len().min(SNIFF_BYTES)];
    if is_svg(head) {
        return Some(SVG);
    }
    let found = infer::get(head).map(|kind| kind.mime_type());
    match found {
        Some(UNKNOWN) | None => other_signature(head),
        Some(kind) => Some(canonical(kind)),
    }
}

/// Returns the content type to store for a file.
///
/// `head` is the start of the file ([`SNIFF_BYTES`]), `claimed` the client's content type and
/// `name` the file's name. Recognized media replace another claim of their class, so that a JPEG
/// claimed as PNG is stored as JPEG. Other content keeps a well-formed claim, or is
/// `application/octet-stream`.
///
/// Fails if an image, audio, video or PDF type is claimed and the content is something else.
pub fn claim(head: &[u8], claimed: Option<&str>, name: &str) -> Result<String, FalseClaim> {
    let found = sniff(head);
    let claimed = claimed
        .and_then(essence)
        .filter(|claimed| claimed != UNKNOWN);
    let Some(claimed) = claimed else {
        return Ok(found.unwrap_or_else(|| by_ending(name)).to_owned());
    };
    if class(&claimed).is_none() {
        let media = found.filter(|found| class(found).is_some() && *found != SVG);
        return Ok(media.map_or(claimed, str::to_owned));
    }
    match found {
        Some(found) if same_container(&claimed, found) => Ok(claimed),
        Some(found) if class(found) == class(&claimed) && found != SVG => Ok(found.to_owned()),
        Some(found) if found == claimed => Ok(claimed),
        // No signature exists that could confirm or disprove it.
        None if !RECOGNIZED.contains(&claimed.as_str()) => Ok(UNKNOWN.to_owned()),
        found => Err(FalseClaim { claimed, found }),
    }
}

/// Returns whether a browser may show a file of this type in place.
///
/// Everything else is served as an attachment: in particular SVG, HTML, XML and scripts.
#[must_use]
pub fn is_inline(content_type: &str) -> bool {
    essence(content_type).is_some_and(|kind| INLINE.contains(&kind.as_str()))
}

/// Returns the type without parameters, in lower case and by its usual name; `None` if it is
/// not two tokens of at most 127 bytes together.
fn essence(content_type: &str) -> Option<String> {
    let kind = content_type.split(';').next()?.trim().to_ascii_lowercase();
    let (top, sub) = kind.split_once('/')?;
    let is_token = |part: &str| !part.is_empty() && part.bytes().all(is_token_byte);
    if kind.len() > TOKEN_LENGTH || !is_token(top) || !is_token(sub) {
        return None;
    }
    let alias = ALIASES.iter().find(|(alias, _)| *alias == kind);
    Some(alias.map_or(kind, |(_, usual)| (*usual).to_owned()))
}

/// Returns whether a byte may be in a registered type name (RFC 6838, section 4.2).
fn is_token_byte(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"!#$&-^_.+".contains(&byte)
}

fn canonical(kind: &'static str) -> &'static str {
    let alias = ALIASES.iter().find(|(alias, _)| *alias == kind);
    alias.map_or(kind, |(_, usual)| usual)
}

/// Returns the class of the types whose claims are checked.
fn class(kind: &str) -> Option<&str> {
    if kind == "application/pdf" {
        return Some("pdf");
    }
    let top = kind.split('/').next()?;
    ["image", "audio", "video"].contains(&top).then_some(top)
}

fn same_container(one: &str, other: &str) -> bool {
    CONTAINERS
        .iter()
        .any(|types| types.contains(&one) && types.contains(&other))
}

fn by_ending(name: &str) -> &'static str {
    let Some((_, ending)) = name.rsplit_once('.') else {
        return UNKNOWN;
    };
    let known = ENDINGS
        .iter()
        .find(|(known, _)| ending.eq_ignore_ascii_case(known));
    known.map_or(UNKNOWN, |(_, kind)| kind)
}

/// Recognizes MP4 files of brands that `infer` does not list, and MPEG audio without a tag.
fn other_signature(head: &[u8]) -> Option<&'static str> {
    if head.get(4..8) == Some(b"ftyp") {
        let is_3gp = head.get(8..11) == Some(b"3gp");
        return Some(if is_3gp { "video/3gpp" } else { "video/mp4" });
    }
    let header = head.first_chunk::<4>()?;
    let is_sync = header[0] == 0xff && header[1] & 0xe0 == 0xe0;
    let is_version = header[1] & 0x18 != 0x08;
    let is_layer = header[1] & 0x06 != 0;
    let is_bitrate = header[2] & 0xf0 != 0xf0;
    let is_rate = header[2] & 0x0c != 0x0c;
    (is_sync && is_version && is_layer && is_bitrate && is_rate).then_some("audio/mpeg")
}

/// Returns whether the root element of an XML text is `svg`.
fn is_svg(head: &[u8]) -> bool {
    let mut rest = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head);
    loop {
        rest = rest.trim_ascii_start();
        let end: &[u8] = match rest {
            [b'<', b'?', ..] => b"?>",
            [b'<', b'!', b'-', b'-', ..] => b"-->",
            [b'<', b'!', ..] => b">",
            _ => break,
        };
        let Some(at) = rest.windows(end.len()).position(|part| part == end) else {
            return false;
        };
        rest = &rest[at + end.len()..];
    }
    let name = rest.get(..4);
    name.is_some_and(|name| name.eq_ignore_ascii_case(b"<svg"))
}

#[cfg(test)]
mod tests {
    use super::*;

    const JPEG: &[u8] = &[0xff, 0xd8, 0xff, 0xe0, 0, 16, b'J', b'F', b'I', b'F'];
    const PNG: &[u8] = b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR";
    const PDF: &[u8] = b"%PDF-1.7\n";
    const DRAWING: &[u8] = b"<?xml version=\"1.0\"?>\n<svg xmlns=\"http://www.w3.org/2000/svg\"/>";
    const HTML: &[u8] = b"<!DOCTYPE html><script>alert(1)</script>";

    fn webm() -> Vec<u8> {
        let mut head = b"\x1a\x45\xdf\xa3\x9f\x42\x86\x81\x01\x42\x82\x84webm".to_vec();
        head.resize(512, 0);
        head
    }

    #[test]
    fn jpeg_claimed_as_png_is_corrected() {
        assert_eq!(
            claim(JPEG, Some("image/png"), "a.png"),
            Ok("image/jpeg".to_owned())
        );
    }

    #[test]
    fn text_claimed_as_image_is_a_false_claim() {
        let error = claim(b"hello", Some("image/png"), "a.png").unwrap_err();
        assert_eq!(error.claimed, "image/png");
        assert_eq!(error.found, None);
    }

    #[test]
    fn media_of_another_class_is_a_false_claim() {
        for kind in ["image/jpeg", "audio/mpeg", "video/mp4"] {
            let error = claim(PDF, Some(kind), "a").unwrap_err();
            assert_eq!(error.found, Some("application/pdf"));
        }
        assert!(claim(JPEG, Some("application/pdf"), "a.pdf").is_err());
        assert!(claim(HTML, Some("image/svg+xml"), "a.svg").is_err());
    }

    #[test]
    fn recording_of_a_browser_keeps_its_audio_type() {
        assert_eq!(
            claim(&webm(), Some("audio/webm;codecs=opus"), "voice.webm"),
            Ok("audio/webm".to_owned())
        );
    }

    #[test]
    fn harmless_claim_is_kept_for_unknown_content() {
        assert_eq!(
            claim(b"a,b", Some("Text/CSV; charset=utf-8"), "a"),
            Ok("text/csv".to_owned())
        );
        assert_eq!(
            claim(b"\x01\x02", Some("application/x-own"), "a"),
            Ok("application/x-own".to_owned())
        );
    }

    #[test]
    fn unsafe_or_missing_claim_becomes_octet_stream() {
        for claimed in [
            None,
            Some("text"),
            Some("a/b c"),
            Some("text/\r\nx: y"),
            Some("/"),
        ] {
            assert_eq!(claim(b"\x01\x02", claimed, "a"), Ok(UNKNOWN.to_owned()));
        }
        let long = format!("text/{}", "x".repeat(130));
        assert_eq!(claim(b"\x01\x02", Some(&long), "a"), Ok(UNKNOWN.to_owned()));
    }

    #[test]
    fn claim_that_no_signature_can_confirm_becomes_octet_stream() {
        assert_eq!(
            claim(b"\x01\x02", Some("image/x-tga"), "a.tga"),
            Ok(UNKNOWN.to_owned())
        );
    }

    #[test]
    fn recognized_media_replace_a_missing_or_harmless_claim() {
        assert_eq!(claim(PNG, None, "a"), Ok("image/png".to_owned()));
        assert_eq!(
            claim(PNG, Some("text/html"), "a.html"),
            Ok("image/png".to_owned())
        );
    }

    #[test]
    fn name_decides_only_without_claim_and_signature() {
        assert_eq!(
            claim(b"hello", None, "notes.TXT"),
            Ok("text/plain".to_owned())
        );
        assert_eq!(claim(b"hello", None, "a.html"), Ok(UNKNOWN.to_owned()));
    }

    #[test]
    fn svg_and_markup_are_never_inline() {
        assert_eq!(sniff(DRAWING), Some("image/svg+xml"));
        assert_eq!(
            claim(DRAWING, Some("image/svg+xml"), "a.svg"),
            Ok("image/svg+xml".to_owned())
        );
        for kind in [
            "image/svg+xml",
            "text/html",
            "text/xml",
            "application/xhtml+xml",
            "text/javascript",
            "text/plain",
        ] {
            assert!(!is_inline(kind), "{kind}");
        }
        assert_eq!(
            sniff(b"<html><body><svg/></body></html>"),
            Some("text/html")
        );
        assert!(is_inline("image/jpeg"));
        assert!(is_inline("Video/MP4; codecs=avc1"));
    }

    #[test]
    fn mp4_of_an_unlisted_brand_and_bare_mpeg_audio_are_recognized() {
        assert_eq!(sniff(b"\0\0\0\x18ftypiso9\0\0\0\0"), Some("video/mp4"));
        assert_eq!(sniff(b"\0\0\0\x18ftyp3gp5\0\0\0\0"), Some("video/3gpp"));
        assert_eq!(sniff(&[0xff, 0xfa, 0x90, 0x64]), Some("audio/mpeg"));
        assert_eq!(sniff(&[0xff, 0xff, 0xff, 0xff]), None);
    }

    #[test]
    fn arbitrary_bytes_are_sniffed_without_panic() {
        bolero::check!().for_each(|input: &[u8]| {
            let name = String::from_utf8_lossy(input);
            let _ = claim(input, Some(&name), &name);
        });
    }
}
