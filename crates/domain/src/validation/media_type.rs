use base::{Error, Result, limit};

/// Checks a media type (RFC 6838) such as `image/png`, also with parameters, as in
/// `audio/ogg; codecs=opus`; at most [`limit::NAME_LENGTH`] characters.
pub fn media_type(pointer: &'static str, media_type: &str) -> Result<()> {
    let (essence, parameters) = media_type.split_once(';').unwrap_or((media_type, ""));
    let named = essence
        .trim_end_matches(' ')
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && token(subtype));
    let printable = parameters.bytes().all(|byte| matches!(byte, b' '..=b'~'));
    if named && printable && media_type.len() <= limit::NAME_LENGTH {
        Ok(())
    } else {
        let fault = format!(
            "must be a media type such as image/png of at most {} characters",
            limit::NAME_LENGTH
        );
        Err(Error::invalid(pointer, fault))
    }
}

fn token(text: &str) -> bool {
    !text.is_empty()
        && text
            .bytes()
            .all(|byte| byte.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&byte))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn media_type_has_kind_and_subtype() {
        for good in [
            "image/png",
            "application/vnd.oasis.opendocument.text",
            "image/svg+xml",
            "text/plain; charset=utf-8",
            "audio/webm;codecs=\"opus, vp8\"",
        ] {
            assert!(media_type("/mime_type", good).is_ok(), "{good}");
        }
        let long = format!("image/{}", "x".repeat(limit::NAME_LENGTH));
        for bad in [
            "",
            "png",
            "/",
            "image/",
            "/png",
            "image/p ng",
            "x\r\nY: z",
            "a/b;\r\nc",
            "a/b; ü",
            "\u{200b}/x",
            &long,
        ] {
            assert!(media_type("/mime_type", bad).is_err(), "{bad:?}");
        }
    }
}
