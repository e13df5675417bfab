use std::borrow::Cow;

use base::{Failure, Result, limit};

/// An absolute URL by http or https, at most [`limit::URL_LENGTH`] characters.
/// It is handed to clients only and never fetched here.
pub fn url(pointer: impl Into<Cow<'static, str>>, url: &str) -> Result<()> {
    if url.len() <= limit::URL_LENGTH && shaped(url) {
        Ok(())
    } else {
        let told = format!("must be an http or https URL of at most {} characters", limit::URL_LENGTH);
        Err(Failure::invalid(pointer, told))
    }
}

fn shaped(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else { return false };
    let host = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        && host.bytes().any(|byte| byte.is_ascii_alphanumeric() || byte >= 0x80)
        && !url
            .chars()
            .any(|character| character.is_whitespace() || character.is_control() || "\"<>\\`".contains(character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_web_may_be_linked() {
        for good in ["https://example.com/a.png?x=1#y", "http://[::1]:80/", "HTTPS://bücher.example"] {
            assert!(super::url("/avatar_url", good).is_ok(), "{good}");
        }
        let long = format!("https://a/{}", "a".repeat(limit::URL_LENGTH));
        for bad in [
            "",
            "javascript:alert(1)",
            "data://x",
            "https://",
            "https:///x",
            "//x",
            "https://a b",
            "https://a\"b",
            &long,
        ] {
            assert!(super::url("/avatar_url", bad).is_err(), "{bad}");
        }
    }
}
