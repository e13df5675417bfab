use std::error::Error as StdError;
use std::io;

use reqwest::StatusCode;

use crate::resolver::LookupError;

/// Error of a request. Contains neither the URL nor headers nor bodies, which may have secrets.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The URL cannot be used: another scheme than `https` (or `http` for configured hosts), no
    /// host, or a user name.
    #[error("the URL must begin with https:// and must not contain a user name")]
    InvalidUrl,
    /// The host has no public address.
    #[error("the host has no public address")]
    ForbiddenAddress,
    /// The host name cannot be resolved.
    #[error("the host name cannot be resolved")]
    Resolve,
    /// No connection could be established.
    #[error("no connection to the host: {0}")]
    Connect(io::ErrorKind),
    /// The TLS handshake failed.
    #[error("TLS with the host failed: {0}")]
    Tls(String),
    /// The connection, a read or the whole request took too long.
    #[error("the request timed out")]
    Timeout,
    /// The connection ended before the response was complete.
    #[error("the connection ended before the response was complete")]
    Interrupted,
    /// The response is not valid HTTP, or its body is not the expected JSON.
    #[error("the response is invalid")]
    InvalidResponse,
    /// The response body is larger than the limit, in bytes.
    #[error("the response body is larger than {0} bytes")]
    BodyTooLarge(u64),
    /// The response has another status than 2xx.
    #[error("the response has the status {}", .0.as_u16())]
    Status(StatusCode),
    /// The request could not be sent for another reason.
    #[error("the request could not be sent")]
    Request,
    /// The client cannot be created.
    #[error("the HTTP client cannot be created: {0}")]
    Configuration(String),
}

impl Error {
    /// Returns whether the same request may succeed later.
    #[must_use]
    pub fn is_transient(&self) -> bool {
        match self {
            Self::Resolve | Self::Connect(_) | Self::Timeout | Self::Interrupted => true,
            Self::Status(status) => {
                status.is_server_error()
                    || *status == StatusCode::TOO_MANY_REQUESTS
                    || *status == StatusCode::REQUEST_TIMEOUT
            }
            _ => false,
        }
    }

    pub(crate) fn of(error: &reqwest::Error) -> Self {
        match find::<LookupError>(error) {
            Some(LookupError::Forbidden) => return Self::ForbiddenAddress,
            Some(LookupError::Failed) => return Self::Resolve,
            None => {}
        }
        if error.is_timeout() {
            return Self::Timeout;
        }
        if let Some(error) = tls_error(error) {
            return Self::Tls(error.to_string());
        }
        let io = find::<io::Error>(error).map(io::Error::kind);
        if error.is_connect() {
            return Self::Connect(io.unwrap_or(io::ErrorKind::Other));
        }
        if let Some(hyper) = find::<hyper::Error>(error) {
            if hyper.is_parse() || hyper.is_parse_too_large() {
                return Self::InvalidResponse;
            }
            if hyper.is_incomplete_message() || hyper.is_closed() || hyper.is_body_write_aborted() {
                return Self::Interrupted;
            }
        }
        if io.is_some() || error.is_body() || error.is_decode() {
            return Self::Interrupted;
        }
        Self::Request
    }
}

/// Returns the first error of a type in a chain of causes.
fn find<'a, T: StdError + 'static>(error: &'a (dyn StdError + 'static)) -> Option<&'a T> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<T>() {
            return Some(found);
        }
        cause = error.source();
    }
    None
}

/// Returns the TLS error of a chain of causes. I/O errors wrap it without naming it as their source.
fn tls_error<'a>(error: &'a (dyn StdError + 'static)) -> Option<&'a rustls::Error> {
    let mut cause = Some(error);
    while let Some(error) = cause {
        if let Some(found) = error.downcast_ref::<rustls::Error>() {
            return Some(found);
        }
        let wrapped = error
            .downcast_ref::<io::Error>()
            .and_then(io::Error::get_ref);
        cause = match wrapped {
            Some(wrapped) => Some(wrapped),
            None => error.source(),
        };
    }
    None
}
