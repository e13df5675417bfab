//! Access control of the admin listener.

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

use crate::cli_error::CliError;
use crate::config::{Admin, Secret};

/// Access policy of the admin listener.
#[derive(Clone)]
pub struct Access(Arc<Policy>);

struct Policy {
    token: Option<Secret>,
    /// Host names of the listener in addition to its address.
    hosts: Vec<String>,
    address: SocketAddr,
}

impl Access {
    /// Creates the policy of a listener that is bound to `address`.
    pub fn new(token: Option<Secret>, hosts: Vec<String>, address: SocketAddr) -> Self {
        Self(Arc::new(Policy {
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
                    "Exactly one valid Host header is required.\n",
                )
                    .into_response(),
            );
        };
        if !self.0.is_own(&host) {
            let text = format!(
                "The host {host} is not a name of this listener; add it to `admin.hosts`.\n"
            );
            return Some((StatusCode::MISDIRECTED_REQUEST, text).into_response());
        }
        // Liveness is public: probes have no credentials. The admin API authenticates admins itself.
        if path == "/healthz" || path.starts_with("/admin/") || self.0.has_token(headers) {
            return None;
        }
        let bearer = [(WWW_AUTHENTICATE, "Bearer")];
        let text =
            "The admin listener requires its token: `Authorization: Bearer …` (admin.token).\n";
        Some((StatusCode::UNAUTHORIZED, bearer, text).into_response())
    }
}

impl Policy {
    /// Returns whether the host is a name of the listener. This prevents DNS
    /// rebinding: a browser sends the name of the foreign site as `Host`.
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

/// Middleware that rejects requests with a foreign `Host` or without the token.
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

/// Minimum length of a token.
const MIN_TOKEN_BYTES: usize = 16;

/// Returns the token of the admin listener, if one is configured.
///
/// # Errors
/// Fails if its file cannot be read or the token is too short.
pub fn token(admin: &Admin) -> Result<Option<Secret>, CliError> {
    let token = match (&admin.token, &admin.token_file) {
        (Some(_), Some(_)) => {
            return Err(CliError::new(
                "Set either CAAS_ADMIN_TOKEN or CAAS_ADMIN_TOKEN_FILE, not both.",
            ));
        }
        (None, None) => return Ok(None),
        (Some(token), None) => token.reveal().to_owned(),
        (None, Some(file)) => std::fs::read_to_string(file).map_err(|error| {
            CliError::new(format!("Cannot read the admin token {}", file.display()))
                .with_cause(error)
        })?,
    };
    let token = token.trim();
    if token.len() < MIN_TOKEN_BYTES || !token.bytes().all(|byte| byte.is_ascii_graphic()) {
        return Err(CliError::new(format!(
            "The admin token (CAAS_ADMIN_TOKEN or its file) must have at least {MIN_TOKEN_BYTES} printable ASCII characters."
        )));
    }
    Ok(Some(token.to_owned().into()))
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
    fn only_own_host_names_are_accepted() {
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
    fn configured_token_is_required_except_for_healthz() {
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
        assert_eq!(status(&access, "/admin/v1/tenants", &[host]), None);
        assert_eq!(status(&access, "/admin", &[host]), Some(401));
    }

    #[test]
    fn token_is_read_from_setting_or_file_and_must_be_long() {
        let data_dir = tempfile::tempdir().unwrap();
        let file = data_dir.path().join("token");
        std::fs::write(&file, "0123456789abcdef\n").unwrap();
        let of_file = Admin {
            token_file: Some(file.clone()),
            ..Admin::default()
        };
        assert_eq!(
            token(&of_file).unwrap().unwrap().reveal(),
            "0123456789abcdef"
        );
        assert!(token(&Admin::default()).unwrap().is_none());
        let given = |text: &str| Admin {
            token: Some(text.to_owned().into()),
            ..Admin::default()
        };
        assert!(token(&given("0123456789abcdef")).is_ok());
        for short in ["", "0123456789abcde", "0123456789 abcdef"] {
            assert!(token(&given(short)).is_err(), "{short}");
        }
        assert!(
            token(&Admin {
                token_file: Some(file),
                ..given("0123456789abcdef")
            })
            .is_err()
        );
    }
}
