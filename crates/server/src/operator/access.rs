//! Who may use the operator's listener.

use std::net::{IpAddr, SocketAddr};
use std::sync::Arc;

use axum::extract::{Request, State};
use axum::http::header::{
    AUTHORIZATION, CACHE_CONTROL, HOST, WWW_AUTHENTICATE, X_CONTENT_TYPE_OPTIONS,
};
use axum::http::uri::Authority;
use axum::http::{HeaderMap, HeaderValue, StatusCode};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq as _;

use crate::config::Secret;

/// The rule of one listener.
#[derive(Clone)]
pub struct Access(Arc<Rule>);

struct Rule {
    token: Option<Secret>,
    /// Names under which the listener is reached, besides its address.
    hosts: Vec<String>,
    address: SocketAddr,
}

impl Access {
    /// Creates the rule of a listener that is bound to `address`.
    pub fn new(token: Option<Secret>, hosts: Vec<String>, address: SocketAddr) -> Self {
        Self(Arc::new(Rule {
            token,
            hosts,
            address,
        }))
    }

    fn reject(&self, path: &str, headers: &HeaderMap) -> Option<Response> {
        let mut hosts = headers.get_all(HOST).iter();
        let host = match (hosts.next(), hosts.next()) {
            (Some(host), None) => host
                .to_str()
                .ok()
                .and_then(|host| host.parse::<Authority>().ok()),
            _ => None,
        };
        let Some(host) = host else {
            return Some(
                (
                    StatusCode::BAD_REQUEST,
                    "The request needs one valid Host header.\n",
                )
                    .into_response(),
            );
        };
        if !self.0.is_own(&host) {
            let text = format!(
                "The Host {host} is not a name of this listener; `admin.hosts` adds names.\n"
            );
            return Some((StatusCode::MISDIRECTED_REQUEST, text).into_response());
        }
        // Whether the process lives is no secret, and probes have no credential.
        if path == "/healthz" || self.0.has_token(headers) {
            return None;
        }
        let bearer = [(WWW_AUTHENTICATE, "Bearer")];
        let text =
            "The operator's listener needs its token: `Authorization: Bearer …` (admin.token).\n";
        Some((StatusCode::UNAUTHORIZED, bearer, text).into_response())
    }
}

impl Rule {
    /// Whether the listener is reached under this name. A page of another site
    /// cannot make a browser send an IP address or `localhost` for its own name.
    fn is_own(&self, host: &Authority) -> bool {
        let name = host.host();
        let is_configured = |entry: &String| {
            entry.eq_ignore_ascii_case(name) || entry.eq_ignore_ascii_case(host.as_str())
        };
        if self.hosts.iter().any(is_configured) {
            return true;
        }
        let own = self.address.ip();
        let is_own_name = match name
            .trim_start_matches('[')
            .trim_end_matches(']')
            .parse::<IpAddr>()
        {
            Ok(ip) => own.is_unspecified() || ip == own,
            Err(_) => {
                name.eq_ignore_ascii_case("localhost")
                    && (own.is_loopback() || own.is_unspecified())
            }
        };
        is_own_name && host.port_u16() == Some(self.address.port())
    }

    fn has_token(&self, headers: &HeaderMap) -> bool {
        let Some(token) = &self.token else {
            return true;
        };
        let mut given = headers.get_all(AUTHORIZATION).iter();
        let (Some(given), None) = (given.next(), given.next()) else {
            return false;
        };
        let Some((scheme, given)) = given.to_str().ok().and_then(|text| text.split_once(' '))
        else {
            return false;
        };
        scheme.eq_ignore_ascii_case("bearer")
            && bool::from(given.trim().as_bytes().ct_eq(token.reveal().as_bytes()))
    }
}

/// Lets a request through, or rejects it.
pub async fn check(State(access): State<Access>, request: Request, next: Next) -> Response {
    let mut response = match access.reject(request.uri().path(), request.headers()) {
        Some(rejection) => rejection,
        None => next.run(request).await,
    };
    let headers = response.headers_mut();
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-store"));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    response
}

#[cfg(test)]
mod tests {
    use super::*;

    fn status(access: &Access, path: &str, headers: &[(&'static str, &str)]) -> Option<u16> {
        let mut map = HeaderMap::new();
        for (name, value) in headers {
            map.append(*name, HeaderValue::from_str(value).unwrap());
        }
        access
            .reject(path, &map)
            .map(|response| response.status().as_u16())
    }

    #[test]
    fn only_the_listeners_own_names_pass() {
        let access = |address: &str| {
            Access::new(
                None,
                vec!["metrics.internal".to_owned()],
                address.parse().unwrap(),
            )
        };
        let cases = [
            ("127.0.0.1:8081", "127.0.0.1:8081", true),
            ("127.0.0.1:8081", "localhost:8081", true),
            ("127.0.0.1:8081", "metrics.internal", true),
            ("127.0.0.1:8081", "Metrics.Internal:9000", true),
            ("[::1]:8081", "[::1]:8081", true),
            ("0.0.0.0:8081", "10.0.0.7:8081", true),
            ("127.0.0.1:8081", "127.0.0.1:8080", false),
            ("127.0.0.1:8081", "127.0.0.1", false),
            ("127.0.0.1:8081", "10.0.0.7:8081", false),
            ("127.0.0.1:8081", "evil.example:8081", false),
            ("0.0.0.0:8081", "evil.example:8081", false),
            ("10.0.0.7:8081", "localhost:8081", false),
        ];
        for (address, host, passes) in cases {
            let expected = if passes { None } else { Some(421) };
            assert_eq!(
                status(&access(address), "/metrics", &[("host", host)]),
                expected,
                "{host} at {address}"
            );
        }
        assert_eq!(status(&access("127.0.0.1:1"), "/metrics", &[]), Some(400));
        let twice = [("host", "127.0.0.1:1"), ("host", "127.0.0.1:1")];
        assert_eq!(
            status(&access("127.0.0.1:1"), "/metrics", &twice),
            Some(400)
        );
    }

    #[test]
    fn with_a_token_only_its_bearer_passes() {
        let token = Secret::from("0123456789abcdef".to_owned());
        let access = Access::new(Some(token), Vec::new(), "127.0.0.1:1".parse().unwrap());
        let host = ("host", "127.0.0.1:1");
        for (credential, passes) in [
            ("Bearer 0123456789abcdef", true),
            ("bearer 0123456789abcdef", true),
            ("Bearer 0123456789abcdeg", false),
            ("Bearer ", false),
            ("Basic 0123456789abcdef", false),
        ] {
            let expected = if passes { None } else { Some(401) };
            assert_eq!(
                status(&access, "/metrics", &[host, ("authorization", credential)]),
                expected,
                "{credential}"
            );
        }
        assert_eq!(status(&access, "/readyz", &[host]), Some(401));
        assert_eq!(status(&access, "/healthz", &[host]), None);
    }
}
