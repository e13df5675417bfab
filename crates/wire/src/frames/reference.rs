//! Finds the `ref` of a frame that is not valid JSON, so that the error can be matched to its
//! request.

use base::limit;

/// Returns the first top-level `ref` of a text that begins like a JSON object.
///
/// Only strings and brackets are parsed: the rest of the text may be invalid, such as a number
/// out of range, half a surrogate pair or too many levels. Returns `None` if the value is not a
/// string within its limit.
pub(super) fn lenient(text: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(text).ok()?;
    let mut rest = text.trim_start().strip_prefix('{')?;
    let mut depth = 1_usize;
    let mut is_key = true;
    loop {
        rest = rest.trim_start();
        let first = rest.chars().next()?;
        if first == '"' {
            let (literal, behind) = string(rest)?;
            rest = behind;
            if depth == 1 && is_key && decoded(literal).as_deref() == Some("ref") {
                return value(rest);
            }
            continue;
        }
        match first {
            '{' | '[' => depth = depth.saturating_add(1),
            '}' | ']' => depth = depth.saturating_sub(1),
            ',' => is_key = true,
            ':' => is_key = false,
            _ => {}
        }
        if depth == 0 {
            return None;
        }
        rest = rest.get(first.len_utf8()..)?;
    }
}

/// Returns the string that follows the key.
fn value(rest: &str) -> Option<String> {
    let (literal, _) = string(rest.trim_start().strip_prefix(':')?.trim_start())?;
    decoded(literal)
        .filter(|text| text.chars().count() <= limit::FRAME_REF_LENGTH && !text.contains('\0'))
}

/// Splits a text after the string literal at its start.
fn string(text: &str) -> Option<(&str, &str)> {
    let mut is_escaped = false;
    let end = text.strip_prefix('"')?.char_indices().find(|(_, letter)| {
        let ends = *letter == '"' && !is_escaped;
        is_escaped = *letter == '\\' && !is_escaped;
        ends
    });
    // The two quotes are not part of the inner text.
    text.split_at_checked(end?.0.saturating_add(2))
}

fn decoded(literal: &str) -> Option<String> {
    serde_json::from_str(literal).ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ref_of_invalid_json_is_found_wherever_it_is() {
        let nested = format!("{}{}", "[".repeat(40), "]".repeat(40));
        let fields = [
            r#""content":"half \ud800""#,
            r#""content":"a\u0000b""#,
            r#""content":"a","content":"b""#,
            r#""n":1e400"#,
            r#""content":"\\\"ref\":\"X\"""#,
            r#""metadata":{"ref":"X","content":"ref"}"#,
            r#""metadata":[{"ref":"X"}]"#,
            &format!(r#""metadata":{nested}"#),
        ];
        for field in fields {
            for text in [
                format!(r#"{{"ref" : "R",{field}}}"#),
                format!(r#" {{{field}, "ref":"R"}}"#),
            ] {
                assert_eq!(lenient(text.as_bytes()).as_deref(), Some("R"), "{text}");
            }
        }
    }

    #[test]
    fn text_without_a_usable_ref_has_none() {
        let long = format!(
            r#"{{"ref":"{}","n":1e400}}"#,
            "r".repeat(limit::FRAME_REF_LENGTH + 1)
        );
        let texts = [
            "",
            "{",
            "[]",
            r#"["ref","R"]"#,
            r#"{"ref":7}"#,
            r#"{"ref":"R"#,
            r#"{"a":"ref"}"#,
            r#"{"a":{"ref":"R"}}"#,
            r#"{} {"ref":"R"}"#,
            r#"{"ref":"\ud800"}"#,
            r#"{"ref":"\u0000"}"#,
            r#"{"a":"\"#,
            &long,
        ];
        for text in texts {
            assert_eq!(lenient(text.as_bytes()), None, "{text}");
        }
    }
}
