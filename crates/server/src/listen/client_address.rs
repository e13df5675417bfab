//! Client addresses behind proxies: `X-Forwarded-For`, `Forwarded` and the PROXY protocol.

use std::io::{Error, ErrorKind};
use std::net::{IpAddr, SocketAddr};
use std::time::Duration;

use axum::http::header::FORWARDED;
use axum::http::{HeaderMap, HeaderName};
use base::{ClientAddress, ClientNetwork, limit};
use tokio::io::AsyncRead;

use super::proxy_protocol;
use crate::config::{ForwardedHeader, Listen, TrustedProxies};
use crate::logging::NOTICE;

/// Resolution of client addresses of a listener.
#[derive(Debug, Clone, Default)]
pub struct ClientAddresses {
    trusted: TrustedProxies,
    header: ForwardedHeader,
    proxy_protocol: bool,
    /// Whether connections come from a proxy that is not configured.
    clients_are_unknown: bool,
}

impl ClientAddresses {
    /// Creates the resolution of the public listener.
    pub fn of(listen: &Listen) -> Self {
        let Listen {
            trusted_proxies,
            forwarded_header,
            proxy_protocol,
            ..
        } = listen;
        Self {
            trusted: trusted_proxies.clone(),
            header: *forwarded_header,
            proxy_protocol: *proxy_protocol,
            clients_are_unknown: listen.behind_proxy
                && trusted_proxies.is_empty()
                && !proxy_protocol,
        }
    }

    /// Logs a warning if client addresses cannot be determined.
    pub fn warn_if_unknown(&self) {
        if self.clients_are_unknown {
            tracing::warn!(
                target: NOTICE,
                "behind_proxy is set without trusted_proxies: client addresses are unknown, limits per address do not apply"
            );
        }
    }

    /// Returns the source address of a connection: that of the peer, or the one
    /// in the PROXY header, which is read from the stream.
    ///
    /// # Errors
    /// Fails if the header is missing, malformed, late, or sent by a peer that is
    /// not a trusted proxy.
    pub async fn source<S: AsyncRead + Unpin>(
        &self,
        stream: &mut S,
        peer: IpAddr,
    ) -> std::io::Result<IpAddr> {
        if !self.proxy_protocol {
            return Ok(peer.to_canonical());
        }
        if !self.trusted.is_empty() && !self.trusted.contains(peer) {
            return Err(Error::new(
                ErrorKind::PermissionDenied,
                "the peer is not a trusted proxy",
            ));
        }
        let time = Duration::from_secs(limit::HANDSHAKE_SECONDS as u64);
        let named = tokio::time::timeout(time, proxy_protocol::read(stream)).await??;
        Ok(named.unwrap_or(peer).to_canonical())
    }

    /// Returns the network to which the connection limit applies; `None` if the
    /// source is a trusted proxy or client addresses are unknown.
    pub fn limited_network(&self, source: IpAddr) -> Option<ClientNetwork> {
        if self.clients_are_unknown || self.trusted.contains(source) {
            return None;
        }
        ClientAddress::new(source).network()
    }

    /// Returns the client address of a request: the rightmost entry that is not
    /// a trusted proxy, or the source of the connection.
    pub fn address(&self, source: IpAddr, headers: &HeaderMap) -> ClientAddress {
        if self.clients_are_unknown {
            return ClientAddress::UNKNOWN;
        }
        let by = |hops| ClientAddress::new(self.client(source, hops, headers));
        match self.header {
            ForwardedHeader::XForwardedFor => by(Hops::XForwardedFor),
            ForwardedHeader::Forwarded => by(Hops::Forwarded),
            ForwardedHeader::Auto => {
                let has = |hops: Hops| hops.are_in(headers);
                match (has(Hops::XForwardedFor), has(Hops::Forwarded)) {
                    (_, false) => by(Hops::XForwardedFor),
                    (false, true) => by(Hops::Forwarded),
                    // The proxy sets one of them; the other may be forged by the client.
                    (true, true) if by(Hops::XForwardedFor) == by(Hops::Forwarded) => {
                        by(Hops::Forwarded)
                    }
                    (true, true) => ClientAddress::new(source),
                }
            }
        }
    }

    /// Follows the hops from the connection towards the client while they are
    /// trusted proxies.
    fn client(&self, source: IpAddr, hops: Hops, headers: &HeaderMap) -> IpAddr {
        let mut nearest = source;
        let mut entries = hops.newest_first(headers);
        while self.trusted.contains(nearest) {
            match entries.next() {
                Some(Some(address)) => nearest = address,
                Some(None) | None => break,
            }
        }
        nearest
    }
}

const X_FORWARDED_FOR: HeaderName = HeaderName::from_static("x-forwarded-for");

/// Header that lists addresses, newest last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Hops {
    /// `X-Forwarded-For`: comma-separated addresses.
    XForwardedFor,
    /// `Forwarded` (RFC 7239): its `for` parameters.
    Forwarded,
}

impl Hops {
    /// Returns whether the header is present.
    pub fn are_in(self, headers: &HeaderMap) -> bool {
        headers.contains_key(self.name())
    }

    /// Returns the addresses, newest first; `None` is an entry that is not an
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

/// Removes the quotes of a value; returns `None` if they are unbalanced.
fn unquoted(value: &str) -> Option<&str> {
    let inner = value
        .strip_prefix('"')
        .map_or(Some(value), |rest| rest.strip_suffix('"'))?;
    (!inner.contains('"')).then_some(inner)
}

/// Parses an address with or without a port; an IPv6 address may have brackets.
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

    const PROXY: &str = "10.0.0.1";

    fn client_addresses(header: ForwardedHeader) -> ClientAddresses {
        ClientAddresses {
            trusted: "10.0.0.0/8".parse().unwrap(),
            header,
            ..ClientAddresses::default()
        }
    }

    fn address(
        client_addresses: &ClientAddresses,
        source: &str,
        headers: &[(&'static str, &str)],
    ) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        client_addresses
            .address(source.parse().unwrap(), &map)
            .to_string()
    }

    #[test]
    fn client_is_the_rightmost_untrusted_entry() {
        let client_addresses = client_addresses(ForwardedHeader::Auto);
        let of = |source, list| address(&client_addresses, source, &[("x-forwarded-for", list)]);
        assert_eq!(of(PROXY, "9.9.9.9, 192.0.2.1, 10.0.0.2"), "192.0.2.1");
        assert_eq!(
            of(PROXY, "9.9.9.9, unknown, 10.0.0.2"),
            "10.0.0.2",
            "entries left of an unknown one are ignored"
        );
        assert_eq!(of(PROXY, "10.0.0.3, 10.0.0.2"), "10.0.0.3");
        assert_eq!(
            of("192.0.2.7", "9.9.9.9"),
            "192.0.2.7",
            "headers of an untrusted peer are ignored"
        );
        assert_eq!(address(&client_addresses, PROXY, &[]), PROXY);
        assert_eq!(
            address(
                &client_addresses,
                PROXY,
                &[("forwarded", "for=\"[2001:db8::1]:80\"")]
            ),
            "2001:db8::1"
        );
        assert_eq!(
            address(
                &client_addresses,
                "::ffff:10.0.0.1",
                &[("forwarded", "for=192.0.2.1")]
            ),
            "192.0.2.1"
        );
    }

    #[test]
    fn conflicting_headers_fall_back_to_the_proxy_address() {
        let both = [
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=9.9.9.9"),
        ];
        assert_eq!(
            address(&client_addresses(ForwardedHeader::Auto), PROXY, &both),
            PROXY
        );
        assert_eq!(
            address(
                &client_addresses(ForwardedHeader::XForwardedFor),
                PROXY,
                &both
            ),
            "192.0.2.1"
        );
        assert_eq!(
            address(&client_addresses(ForwardedHeader::Forwarded), PROXY, &both),
            "9.9.9.9"
        );
        let same = [
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=192.0.2.1"),
        ];
        assert_eq!(
            address(&client_addresses(ForwardedHeader::Auto), PROXY, &same),
            "192.0.2.1"
        );
    }

    #[tokio::test]
    async fn no_limit_applies_behind_an_unconfigured_proxy() {
        let listen = Listen {
            behind_proxy: true,
            ..Listen::default()
        };
        let hidden = ClientAddresses::of(&listen);
        assert_eq!(
            address(&hidden, "192.0.2.1", &[("x-forwarded-for", "9.9.9.9")]),
            "unknown"
        );
        assert_eq!(hidden.limited_network("192.0.2.1".parse().unwrap()), None);
        let named = ClientAddresses::of(&Listen {
            proxy_protocol: true,
            ..listen
        });
        let mut stream = &b"PROXY TCP4 192.0.2.9 10.0.0.1 1 2\r\n"[..];
        let source = named
            .source(&mut stream, "10.0.0.1".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(address(&named, &source.to_string(), &[]), "192.0.2.9");
        assert!(named.limited_network(source).is_some());
    }

    #[tokio::test]
    async fn proxy_header_is_accepted_only_from_trusted_proxies() {
        let client_addresses = ClientAddresses {
            proxy_protocol: true,
            ..client_addresses(ForwardedHeader::Auto)
        };
        let header = b"PROXY TCP4 192.0.2.9 10.0.0.1 1 2\r\n";
        let source = async |peer: &str| {
            client_addresses
                .source(&mut &header[..], peer.parse().unwrap())
                .await
        };
        assert_eq!(source(PROXY).await.unwrap().to_string(), "192.0.2.9");
        assert_eq!(
            source("192.0.2.7").await.unwrap_err().kind(),
            ErrorKind::PermissionDenied
        );
        assert_eq!(
            client_addresses.limited_network(PROXY.parse().unwrap()),
            None
        );
    }

    fn hops(hops: Hops, lines: &[&str]) -> Vec<String> {
        let mut headers = HeaderMap::new();
        for line in lines {
            headers.append(hops.name(), line.parse().unwrap());
        }
        let text = |hop: Option<IpAddr>| hop.map_or("-".to_owned(), |address| address.to_string());
        hops.newest_first(&headers).map(text).collect()
    }

    #[test]
    fn x_forwarded_for_lists_entries_newest_first() {
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
    fn forwarded_lists_for_parameters_newest_first() {
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
    fn unbalanced_quotes_of_a_client_do_not_hide_later_entries() {
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
