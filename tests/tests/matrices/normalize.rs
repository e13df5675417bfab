//! Normalization of responses, so that equivalent ones are equal.

use serde_json::Value;
use testkit::api::Answer;

/// Headers that depend on the request or the time, not on the requested resource.
const TRANSIENT: [&str; 4] = ["date", "request-id", "ratelimit", "ratelimit-policy"];

/// Returns the status, headers and body of a response with masked ids, dates and request ids.
pub fn normalized(answer: &Answer, masks: &[&str]) -> String {
    let lasting = answer
        .headers
        .iter()
        .filter(|(name, _)| !TRANSIENT.contains(&name.as_str()));
    let mut headers: Vec<_> = lasting
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
        .collect();
    headers.sort_unstable();
    format!(
        "{}\n{}\n{}",
        answer.status,
        headers.join("\n"),
        masked(&answer.text, masks)
    )
}

/// Removes what depends on asynchronous follow-up work from a frame.
///
/// Returns `None` for read receipts of the sender, events of the user's devices and pongs.
pub fn without_transient(mut frame: Value) -> Option<Value> {
    if let Some(fields) = frame.as_object_mut() {
        fields.remove("user_seq");
    }
    let by_itself = ["user_event", "pong"]
        .iter()
        .any(|kind| frame["t"] == *kind)
        || frame["type"] == "read.updated";
    (!by_itself).then_some(frame)
}

/// Prefixes of random tokens in responses.
const TOKENS: [&str; 3] = ["caas_fl_", "caas_rt_", "eyJ"];

/// Masks these words, all tokens, ids and dates in a text.
pub fn masked(text: &str, masks: &[&str]) -> String {
    let text = TOKENS
        .iter()
        .fold(text.to_owned(), |text, prefix| masked_tokens(&text, prefix));
    let text = masks
        .iter()
        .fold(text, |text, mask| text.replace(mask, "<it>"));
    let text = masked_runs(
        &text,
        24,
        |byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'),
        "<id>",
    );
    masked_runs(
        &text,
        24,
        |byte| byte.is_ascii_digit() || b"-:.TZ".contains(&byte),
        "<date>",
    )
}

/// Masks the tokens with a prefix in a text.
fn masked_tokens(text: &str, prefix: &str) -> String {
    let mut parts = text.split(prefix);
    let mut masked = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let is_token = |character: char| character.is_alphanumeric() || "_.-".contains(character);
        masked.push_str("<token>");
        masked.push_str(part.trim_start_matches(is_token));
    }
    masked
}

/// Masks runs of exactly `length` matching bytes in a text.
fn masked_runs(text: &str, length: usize, of: impl Fn(u8) -> bool, mask: &str) -> String {
    let mut masked = String::with_capacity(text.len());
    let mut rest = text;
    while !rest.is_empty() {
        let run = rest.bytes().take_while(|&byte| of(byte)).count();
        let end = if run > 0 {
            run
        } else {
            rest.bytes().position(&of).unwrap_or(rest.len())
        };
        let (piece, after) = rest.split_at(end);
        masked.push_str(if run == length { mask } else { piece });
        rest = after;
    }
    masked
}

#[test]
fn ids_and_dates_are_masked_and_nothing_else() {
    let text = r#"{"id":"req_0123456789abcdef01234567","at":"2026-01-31T12:00:00.000Z","seq":7,"who":"bob"}"#;
    assert_eq!(
        masked(r#"{"t":"caas_fl_a-1.b"}"#, &[]),
        r#"{"t":"<token>"}"#
    );
    assert_eq!(
        masked(text, &["bob"]),
        r#"{"id":"req_<id>","at":"<date>","seq":7,"who":"<it>"}"#
    );
}
