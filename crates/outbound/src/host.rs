use std::str::FromStr;

use reqwest::Url;

/// Host that the operator has configured: it may have any address and may be reached without TLS.
/// Parsed from `host` for all ports, or `host:port`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfiguredHost {
    /// Host as in a parsed URL: lower case, IPv6 addresses in brackets.
    host: String,
    port: Option<u16>,
}

/// Error of a text that is not `host` or `host:port`.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("must be a host name or address, optionally with a port")]
pub struct InvalidHost;

impl ConfiguredHost {
    /// Returns the host and port of a URL; `None` if the URL has no host.
    #[must_use]
    pub fn of_url(url: &Url) -> Option<Self> {
        Some(Self {
            host: url.host_str()?.to_owned(),
            port: Some(url.port_or_known_default()?),
        })
    }

    /// Returns whether a URL refers to this host and port.
    #[must_use]
    pub fn matches(&self, url: &Url) -> bool {
        url.host_str() == Some(&self.host)
            && self
                .port
                .is_none_or(|port| url.port_or_known_default() == Some(port))
    }
}

impl FromStr for ConfiguredHost {
    type Err = InvalidHost;

    fn from_str(text: &str) -> Result<Self, InvalidHost> {
        // Parsed as a part of a URL, so that it is normalized like the URLs of requests.
        let is_host = |text: &str| !text.is_empty() && !text.contains(['/', '?', '#', '@', '\\']);
        if !is_host(text) {
            return Err(InvalidHost);
        }
        let url = Url::parse(&format!("http://{text}/")).map_err(|_| InvalidHost)?;
        let host = url.host_str().ok_or(InvalidHost)?.to_owned();
        // The default port of a scheme is dropped while parsing.
        let port = match url.port() {
            None if text.ends_with(":80") && !text.ends_with("::80") => Some(80),
            port => port,
        };
        Ok(Self { host, port })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matches(host: &str, url: &str) -> bool {
        let host: ConfiguredHost = host.parse().unwrap();
        host.matches(&Url::parse(url).unwrap())
    }

    #[test]
    fn host_without_port_matches_all_ports() {
        assert!(matches("Minio.internal", "http://minio.internal:9000/a"));
        assert!(matches("minio.internal", "https://MINIO.internal/a"));
        assert!(!matches(
            "minio.internal",
            "https://minio.internal.example/"
        ));
        assert!(!matches("minio.internal", "https://a.minio.internal/"));
    }

    #[test]
    fn host_with_port_matches_that_port_only() {
        assert!(matches("10.0.0.1:9000", "http://10.0.0.1:9000/"));
        assert!(!matches("10.0.0.1:9000", "http://10.0.0.1:9001/"));
        assert!(!matches("10.0.0.1:9000", "http://10.0.0.1/"));
        assert!(matches("a.example:80", "http://a.example/"));
        assert!(!matches("a.example:80", "https://a.example/"));
        assert!(matches("a.example:443", "https://a.example/"));
        assert!(!matches("a.example:443", "http://a.example/"));
    }

    #[test]
    fn address_matches_in_every_notation() {
        assert!(matches("127.0.0.1", "http://0x7f.1/"));
        assert!(matches("[::1]:80", "http://[0:0:0:0:0:0:0:1]/"));
        assert!(!matches("[::1]:80", "http://[::1]:81/"));
    }

    #[test]
    fn text_that_is_no_host_is_rejected() {
        for text in [
            "", "a/b", "http://a", "a:b", "user@a", "a:99999", "[::1", "a b",
        ] {
            assert!(text.parse::<ConfiguredHost>().is_err(), "{text}");
        }
    }

    #[test]
    fn host_of_a_url_has_its_port() {
        let url = Url::parse("https://s3.example/bucket").unwrap();
        let host = ConfiguredHost::of_url(&url).unwrap();
        assert_eq!(host, "s3.example:443".parse().unwrap());
    }
}
