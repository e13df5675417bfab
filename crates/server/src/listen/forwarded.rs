//! The addresses that proxies write into requests they pass on.

use std::net::{IpAddr, SocketAddr};

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// A header that lists addresses, the newest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hops {
    /// `X-Forwarded-For`: addresses with commas between.
    XForwardedFor,
    /// `Forwarded` (RFC 7239): its `for` parameters.
    Forwarded,
}

impl Hops {
    /// Returns whether the request has the header.
    pub fn are_in(self, headers: &HeaderMap) -> bool {
        headers.contains_key(self.name())
    }

    /// Returns the addresses, the newest first; `None` is an entry that is no
    /// address, such as `unknown`.
    pub fn newest_first(self, headers: &HeaderMap) -> impl Iterator<Item = Option<IpAddr>> {
        let lines = headers.get_all(self.name()).into_iter().rev();
        lines.flat_map(move |line| {
            let entries = line
                .to_str()
                .map_or_else(|_| vec![""], |line| split(line, ','));
            entries
                .into_iter()
                .rev()
                .map(move |entry| self.address(entry.trim()))
        })
    }

    const fn name(self) -> HeaderName {
        match self {
            Self::XForwardedFor => X_FORWARDED_FOR,
            Self::Forwarded => FORWARDED,
        }
    }

    fn address(self, entry: &str) -> Option<IpAddr> {
        match self {
            Self::XForwardedFor => parse(entry),
            Self::Forwarded => {
                let pairs = split(entry, ';')
                    .into_iter()
                    .filter_map(|pair| pair.split_once('='));
                let mut named = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
                let (_, value) = named.next()?;
                if named.next().is_some() {
                    return None;
                }
                parse(unquoted(value.trim())?)
            }
        }
    }
}

/// Splits at a separator that is not between quotes.
fn split(text: &str, separator: char) -> Vec<&str> {
    let mut is_quoted = false;
    let parts = text.split(move |character| {
        is_quoted ^= character == '"';
        character == separator && !is_quoted
    });
    parts.collect()
}

/// Removes the quotes around a value; `None` if they are not around all of it.
fn unquoted(value: &str) -> Option<&str> {
    let inner = value
        .strip_prefix('"')
        .map_or(Some(value), |rest| rest.strip_suffix('"'))?;
    (!inner.contains('"')).then_some(inner)
}

/// Parses an address with or without a port; one of IPv6 may have brackets.
fn parse(text: &str) -> Option<IpAddr> {
    let bare = text
        .strip_prefix('[')
        .and_then(|rest| rest.strip_suffix(']'))
        .unwrap_or(text);
    let address = bare
        .parse()
        .ok()
        .or_else(|| text.parse::<SocketAddr>().ok().map(|address| address.ip()));
    address.map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn hops(hops: Hops, lines: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(hops.name(), line.parse().unwrap());
        }
        let text = |hop: Option<IpAddr>| hop.map_or("-".to_owned(), |address| address.to_string());
        hops.newest_first(&headers).map(text).collect()
    }

    #[test]
    fn x_forwarded_for_is_read_from_the_newest_entry_of_the_last_line() {
        let lines = [
            "192.0.2.1, 192.0.2.2:80",
            "unknown,[2001:db8::1]:443,  2001:db8::2, ::ffff:192.0.2.3",
        ];
        let read = hops(Hops::XForwardedFor, &lines);
        assert_eq!(
            read,
            [
                "192.0.2.3",
                "2001:db8::2",
                "2001:db8::1",
                "-",
                "192.0.2.2",
                "192.0.2.1"
            ]
        );
    }

    #[test]
    fn forwarded_is_read_by_its_for_parameters() {
        let lines = [
            "for=192.0.2.1;proto=http, By=203.0.113.7; For=\"192.0.2.2:4711\"",
            "for=\"[2001:db8::1]:80\";host=\"a,for=9.9.9.9;b\"",
            "for=_hidden, for=unknown, proto=https",
        ];
        let read = hops(Hops::Forwarded, &lines);
        assert_eq!(
            read,
            ["-", "-", "-", "2001:db8::1", "192.0.2.2", "192.0.2.1"]
        );
    }

    #[test]
    fn quotes_of_a_client_do_not_hide_what_the_proxy_appends() {
        for line in [
            "for=9.9.9.9, for=\", for=192.0.2.1",
            "for=9.9.9.9, for=\", for=\"[2001:db8::1]:80\"",
            "for=\"9.9.9.9, for=\"[2001:db8::1]\"",
            "for=9.9.9.9;for=192.0.2.1",
        ] {
            assert_eq!(hops(Hops::Forwarded, &[line])[0], "-", "{line}");
        }
    }
}
