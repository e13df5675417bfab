use std::borrow::Cow;

use base::{Error, Result, limit};

use super::visible::has_visible;

/// Validates a text: at least one visible character, at most `characters`, and no NUL. All other
/// text checks include this one.
pub fn text(pointer: impl Into<Cow<'static, str>>, text: &str, characters: usize) -> Result<()> {
    let fault = if text.contains('\0') {
        "must not contain NUL".to_owned()
    } else if longer_than(text, characters) {
        format!("must have at most {characters} characters")
    } else if !has_visible(text) {
        "must have at least one visible character".to_owned()
    } else {
        return Ok(());
    };
    Err(Error::invalid(pointer, fault))
}

/// Validates a name: one line of at most [`limit::NAME_LENGTH`] characters.
pub fn name(pointer: &'static str, name: &str) -> Result<()> {
    line(pointer, name, limit::NAME_LENGTH)
}

/// Validates a label that the tenant defines, such as the name of an event, app or session: one
/// line of at most [`limit::LABEL_LENGTH`] characters.
pub fn label(pointer: &'static str, label: &str) -> Result<()> {
    line(pointer, label, limit::LABEL_LENGTH)
}

/// Validates an optional [`label`].
pub fn optional_label(pointer: &'static str, text: Option<&str>) -> Result<()> {
    text.map_or(Ok(()), |text| label(pointer, text))
}

/// Validates a device id: one line of at most [`limit::DEVICE_ID_LENGTH`] characters.
///
/// # Errors
/// 400 `invalid_request` that names `pointer`.
pub fn device_id(pointer: impl Into<Cow<'static, str>>, device_id: &str) -> Result<()> {
    line(pointer, device_id, limit::DEVICE_ID_LENGTH)
}

/// Validates a single-line text.
pub fn line(pointer: impl Into<Cow<'static, str>>, line: &str, characters: usize) -> Result<()> {
    let pointer = pointer.into();
    text(pointer.clone(), line, characters)?;
    if line.chars().any(breaks_line) {
        return Err(Error::invalid(
            pointer,
            "must not contain control characters or line breaks",
        ));
    }
    Ok(())
}

/// Validates a file name: one line without characters that override the direction of text, so that
/// its extension is displayed at the end.
pub fn file_name(pointer: &'static str, name: &str) -> Result<()> {
    line(pointer, name, limit::NAME_LENGTH)?;
    if name.chars().any(overrides_direction) {
        return Err(Error::invalid(
            pointer,
            "must not contain characters that override the direction of text",
        ));
    }
    Ok(())
}

/// Returns whether the character is invalid in a single-line text.
#[must_use]
pub fn breaks_line(character: char) -> bool {
    character.is_control() || matches!(character, '\u{2028}' | '\u{2029}')
}

/// Returns whether the character changes the display order of others.
#[must_use]
pub fn overrides_direction(character: char) -> bool {
    matches!(character, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// Validates a list of words such as roles: bounded, without duplicates, each of 1 to
/// [`limit::ROLE_LENGTH`] characters of `[A-Za-z0-9_.:-]`.
pub fn words(pointer: &'static str, words: &[String], most: usize) -> Result<()> {
    if words.len() > most {
        return Err(Error::invalid(
            pointer,
            format!("must have at most {most} entries"),
        ));
    }
    for (at, word) in words.iter().enumerate() {
        let legal = |byte: u8| byte.is_ascii_alphanumeric() || b"_.:-".contains(&byte);
        let message = if !(1..=limit::ROLE_LENGTH).contains(&word.len()) || !word.bytes().all(legal)
        {
            format!(
                "must be 1 to {} characters of A-Z a-z 0-9 _ . : -",
                limit::ROLE_LENGTH
            )
        } else if words[..at].contains(word) {
            "is a duplicate".to_owned()
        } else {
            continue;
        };
        return Err(Error::invalid(format!("{pointer}/{at}"), message));
    }
    Ok(())
}

fn longer_than(text: &str, characters: usize) -> bool {
    text.len() > characters && text.chars().nth(characters).is_some()
}

/// Validates a media type (RFC 6838) such as `image/png`, optionally with parameters as in
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

/// Checks a media type without parameters, or all types of a kind, such as `image/*`.
///
/// # Errors
/// 400 that names the field.
pub fn media_type_pattern(pointer: &str, pattern: &str) -> Result<()> {
    let is_valid = pattern
        .split_once('/')
        .is_some_and(|(kind, subtype)| token(kind) && (subtype == "*" || token(subtype)));
    if is_valid && pattern.len() <= limit::NAME_LENGTH {
        return Ok(());
    }
    let fault = "must be a media type such as image/png or image/*";
    Err(Error::invalid(pointer.to_owned(), fault))
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
    fn name_is_one_visible_line() {
        assert!(name("/name", &"ß".repeat(limit::NAME_LENGTH)).is_ok());
        for bad in [
            "",
            "   ",
            "\u{3164}",
            "a\0b",
            "two\nlines",
            "two\u{2028}lines",
            &"ß".repeat(limit::NAME_LENGTH + 1),
        ] {
            assert_eq!(
                name("/name", bad).unwrap_err().faults[0].pointer,
                "/name",
                "{bad:?}"
            );
        }
    }

    #[test]
    fn text_needs_a_visible_character() {
        assert!(text("/bio", "two\nlines", 9).is_ok());
        for bad in [
            "",
            " ",
            "\u{200b}",
            "\u{202e}",
            "\u{3164}",
            "\u{e0001}",
            "a\0",
            "ten letters",
        ] {
            assert_eq!(
                text("/bio", bad, 9).unwrap_err().faults[0].pointer,
                "/bio",
                "{bad:?}"
            );
        }
    }

    #[test]
    fn file_name_does_not_override_direction() {
        assert!(file_name("/name", "\u{5d0}\u{200f}.pdf").is_ok());
        for bad in ["", "a\r\nb", "a\u{202e}gpj.exe", "\u{2066}a"] {
            assert!(file_name("/name", bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn invalid_word_of_a_list_is_named() {
        let list = |words: &[&str]| {
            words
                .iter()
                .map(|&word| word.to_owned())
                .collect::<Vec<_>>()
        };
        assert!(words("/roles", &list(&["admin", "shop:owner"]), 2).is_ok());
        assert_eq!(
            words("/roles", &list(&["admin", "$x"]), 2)
                .unwrap_err()
                .faults[0]
                .pointer,
            "/roles/1"
        );
        assert_eq!(
            words("/roles", &list(&["a", "a"]), 2).unwrap_err().faults[0].pointer,
            "/roles/1"
        );
        assert_eq!(
            words("/roles", &list(&["a", "b", "c"]), 2)
                .unwrap_err()
                .faults[0]
                .pointer,
            "/roles"
        );
    }

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
