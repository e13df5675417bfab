use std::io::{Error, ErrorKind};
use std::net::IpAddr;
use std::time::Duration;

use axum::http::HeaderMap;
use base::{ClientAddress, ClientNetwork, limit};
use tokio::io::AsyncRead;

use super::forwarded::Hops;
use super::proxy_protocol;
use crate::config::{ForwardedHeader, Listen, TrustedProxies};
use crate::logging::NOTICE;

/// How a listener finds out the address of its clients.
#[derive(Debug, Clone, Default)]
pub struct Clients {
    trusted: TrustedProxies,
    header: ForwardedHeader,
    proxy_protocol: bool,
    /// Whether every connection comes from a proxy that is not configured.
    are_hidden: bool,
}

impl Clients {
    /// Creates the rules of the public listener.
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
            are_hidden: listen.behind_proxy && trusted_proxies.is_empty() && !proxy_protocol,
        }
    }

    /// Logs a warning if the addresses of clients cannot be known.
    pub fn warn_if_hidden(&self) {
        if self.are_hidden {
            tracing::warn!(
                target: NOTICE,
                "behind_proxy without trusted_proxies: the addresses of clients are unknown, nothing is bounded by address"
            );
        }
    }

    /// Returns the address that a connection comes from: the peer's, or the one
    /// that its PROXY header names, which is read from the stream.
    ///
    /// # Errors
    /// When the header is missing, malformed, late, or sent by a peer that is
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

    /// Returns what bounds of connections count together; `None` if the source
    /// is a trusted proxy or hides its clients.
    pub fn bounded(&self, source: IpAddr) -> Option<ClientNetwork> {
        if self.are_hidden || self.trusted.contains(source) {
            return None;
        }
        ClientAddress::new(source).network()
    }

    /// Returns the address of the client of one request: the rightmost entry
    /// that is not a trusted proxy's, or the source of the connection.
    pub fn address(&self, source: IpAddr, headers: &HeaderMap) -> ClientAddress {
        if self.are_hidden {
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
                    // The proxy writes one of them, the client may have written the other.
                    (true, true) if by(Hops::XForwardedFor) == by(Hops::Forwarded) => {
                        by(Hops::Forwarded)
                    }
                    (true, true) => ClientAddress::new(source),
                }
            }
        }
    }

    /// Follows the hops from the connection towards the client, as far as each
    /// is named by a trusted proxy.
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

#[cfg(test)]
mod tests {
    use super::*;

    const PROXY: &str = "10.0.0.1";

    fn clients(header: ForwardedHeader) -> Clients {
        Clients {
            trusted: "10.0.0.0/8".parse().unwrap(),
            header,
            ..Clients::default()
        }
    }

    fn address(clients: &Clients, source: &str, headers: &[(&'static str, &str)]) -> String {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, value.parse().unwrap());
        }
        clients.address(source.parse().unwrap(), &map).to_string()
    }

    #[test]
    fn client_is_the_rightmost_untrusted_entry() {
        let clients = clients(ForwardedHeader::Auto);
        let of = |source, list| address(&clients, source, &[("x-forwarded-for", list)]);
        assert_eq!(of(PROXY, "9.9.9.9, 192.0.2.1, 10.0.0.2"), "192.0.2.1");
        assert_eq!(
            of(PROXY, "9.9.9.9, unknown, 10.0.0.2"),
            "10.0.0.2",
            "nothing beyond an unknown entry is believed"
        );
        assert_eq!(of(PROXY, "10.0.0.3, 10.0.0.2"), "10.0.0.3");
        assert_eq!(
            of("192.0.2.7", "9.9.9.9"),
            "192.0.2.7",
            "a client that is no proxy is not believed"
        );
        assert_eq!(address(&clients, PROXY, &[]), PROXY);
        assert_eq!(
            address(
                &clients,
                PROXY,
                &[("forwarded", "for=\"[2001:db8::1]:80\"")]
            ),
            "2001:db8::1"
        );
        assert_eq!(
            address(
                &clients,
                "::ffff:10.0.0.1",
                &[("forwarded", "for=192.0.2.1")]
            ),
            "192.0.2.1"
        );
    }

    #[test]
    fn client_cannot_choose_its_address_by_the_other_header() {
        let both = [
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=9.9.9.9"),
        ];
        assert_eq!(
            address(&clients(ForwardedHeader::Auto), PROXY, &both),
            PROXY
        );
        assert_eq!(
            address(&clients(ForwardedHeader::XForwardedFor), PROXY, &both),
            "192.0.2.1"
        );
        assert_eq!(
            address(&clients(ForwardedHeader::Forwarded), PROXY, &both),
            "9.9.9.9"
        );
        let same = [
            ("x-forwarded-for", "192.0.2.1"),
            ("forwarded", "for=192.0.2.1"),
        ];
        assert_eq!(
            address(&clients(ForwardedHeader::Auto), PROXY, &same),
            "192.0.2.1"
        );
    }

    #[tokio::test]
    async fn nothing_is_bounded_by_address_behind_a_proxy_that_is_not_configured() {
        let listen = Listen {
            behind_proxy: true,
            ..Listen::default()
        };
        let hidden = Clients::of(&listen);
        assert_eq!(
            address(&hidden, "192.0.2.1", &[("x-forwarded-for", "9.9.9.9")]),
            "unknown"
        );
        assert_eq!(hidden.bounded("192.0.2.1".parse().unwrap()), None);
        let named = Clients::of(&Listen {
            proxy_protocol: true,
            ..listen
        });
        let mut stream = &b"PROXY TCP4 192.0.2.9 10.0.0.1 1 2\r\n"[..];
        let source = named
            .source(&mut stream, "10.0.0.1".parse().unwrap())
            .await
            .unwrap();
        assert_eq!(address(&named, &source.to_string(), &[]), "192.0.2.9");
        assert!(named.bounded(source).is_some());
    }

    #[tokio::test]
    async fn proxy_header_is_read_from_trusted_proxies_only() {
        let clients = Clients {
            proxy_protocol: true,
            ..clients(ForwardedHeader::Auto)
        };
        let header = b"PROXY TCP4 192.0.2.9 10.0.0.1 1 2\r\n";
        let source = async |peer: &str| {
            clients
                .source(&mut &header[..], peer.parse().unwrap())
                .await
        };
        assert_eq!(source(PROXY).await.unwrap().to_string(), "192.0.2.9");
        assert_eq!(
            source("192.0.2.7").await.unwrap_err().kind(),
            ErrorKind::PermissionDenied
        );
        assert_eq!(clients.bounded(PROXY.parse().unwrap()), None);
    }
}
