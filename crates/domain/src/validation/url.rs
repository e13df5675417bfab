use std::borrow::Cow;
use std::net::Ipv6Addr;

use base::{Error, Result, limit};
use idna::AsciiDenyList;

use super::text::overrides_direction;
use super::visible::is_visible;

/// Validates an absolute http or https URL of at most [`limit::URL_LENGTH`] characters. Clients
/// fetch it, the server does not.
pub fn url(pointer: impl Into<Cow<'static, str>>, url: &str) -> Result<()> {
    if url.len() <= limit::URL_LENGTH && shaped(url) {
        Ok(())
    } else {
        let message = format!(
            "must be an http or https URL of at most {} characters",
            limit::URL_LENGTH
        );
        Err(Error::invalid(pointer, message))
    }
}

fn shaped(url: &str) -> bool {
    let Some((scheme, rest)) = url.split_once("://") else {
        return false;
    };
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    (scheme.eq_ignore_ascii_case("https") || scheme.eq_ignore_ascii_case("http"))
        && has_host(authority)
        && !url.chars().any(forbidden)
}

fn forbidden(character: char) -> bool {
    character.is_whitespace()
        || character.is_control()
        || overrides_direction(character)
        || "\"<>\\`".contains(character)
}

/// Returns whether browsers connect to exactly this host name.
fn has_host(authority: &str) -> bool {
    let host = authority.rsplit('@').next().unwrap_or_default();
    let (host, port) = match host
        .rfind(':')
        .filter(|colon| host.find(']').is_none_or(|end| end < *colon))
    {
        Some(colon) => (&host[..colon], &host[colon + 1..]),
        None => (host, ""),
    };
    let port_fits = port.is_empty()
        || (port.bytes().all(|byte| byte.is_ascii_digit()) && port.parse::<u16>().is_ok());
    port_fits && (is_ipv6(host) || is_domain(host))
}

fn is_ipv6(host: &str) -> bool {
    let address = host
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'));
    address.is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

fn is_domain(host: &str) -> bool {
    let named = |host: &str| host.bytes().any(|byte| byte.is_ascii_alphanumeric());
    // Some scripts need joiners, which are valid in domain names in these contexts only.
    let shown = |character| is_visible(character) || matches!(character, '\u{200c}' | '\u{200d}');
    host.chars().all(shown)
        && idna::domain_to_ascii_cow(host.as_bytes(), AsciiDenyList::URL)
            .is_ok_and(|host| named(&host))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn url_must_be_http_or_https() {
        for good in [
            "https://example.com/a.png?x=1#y",
            "http://[::1]:80/",
            "HTTPS://bücher.example",
            "http://a_b:8080/\u{200d}",
        ] {
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
            "https://a\u{202e}b.example/",
            "https://example.com/\u{202e}gpj.exe",
            "https://a\u{200b}b.example/",
            "https://\u{3164}.example/",
            "https://a:port/",
            "https://[::1/",
            "https://%61.example/",
            &long,
        ] {
            assert!(super::url("/avatar_url", bad).is_err(), "{bad}");
        }
    }
}
