//! Port to the Graph API, and the meaning of its responses.

use std::fmt;

use async_trait::async_trait;
use base::Result;
use bytes::Bytes;
use futures_util::stream::BoxStream;
use serde_json::Value;
use zeroize::Zeroizing;

use super::collections::{IntegrationSettings, PlatformIntegration};

/// Version of the Graph API if the tenant has chosen none.
pub const DEFAULT_VERSION: &str = "v23.0";

/// A request to the Graph API.
pub struct GraphRequest {
    /// Version and path below the host, such as `v23.0/123/messages`.
    pub path: String,
    /// Access token.
    pub token: Zeroizing<String>,
    /// JSON body of a POST request; without one the request is a GET.
    pub body: Option<Value>,
}

impl fmt::Debug for GraphRequest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "GraphRequest({})", self.path)
    }
}

/// Media to download.
pub struct Download {
    /// URL.
    pub url: String,
    /// Access token, which is sent to media hosts of the operator's configuration only.
    pub token: Option<Zeroizing<String>>,
}

impl fmt::Debug for Download {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Download")
    }
}

/// A response of the Graph API.
#[derive(Clone, Debug)]
pub struct GraphResponse {
    /// HTTP status.
    pub status: u16,
    /// JSON body; null if it is not JSON.
    pub body: Value,
}

/// Error of a request without a response.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum GraphError {
    /// Nothing was sent.
    #[error("the Graph API cannot be reached")]
    NotSent,
    /// The request may have been received.
    #[error("the Graph API has not responded")]
    Unclear,
}

/// Client of the Graph API. It sends tokens to hosts that the operator has configured and to no
/// others.
#[async_trait]
pub trait GraphApi: fmt::Debug + Send + Sync {
    /// Sends a request.
    async fn call(&self, request: GraphRequest) -> Result<GraphResponse, GraphError>;

    /// Downloads media. Fails with [`GraphError::NotSent`] if the URL cannot be used or its content
    /// does not exist, and with [`GraphError::Unclear`] if another attempt may succeed.
    async fn download(
        &self,
        download: Download,
    ) -> Result<BoxStream<'static, Result<Bytes>>, GraphError>;
}

/// Meaning of the response to a sent message.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum SendOutcome {
    /// Accepted under this id.
    Accepted(String),
    /// Not accepted; the same request may succeed later.
    Retry(String),
    /// Not accepted because of the access token.
    Unauthorized(String),
    /// Rejected.
    Rejected(String),
    /// Unclear whether it was accepted.
    Unclear,
}

/// Codes of errors that pass: throttling and internal errors of Meta.
const TRANSIENT: &[i64] = &[
    1, 2, 4, 17, 32, 613, 80007, 130_429, 131_000, 131_016, 131_056, 133_004,
];

/// Codes of errors of the access token and its permissions.
const UNAUTHORIZED: &[i64] = &[0, 3, 10, 102, 190];

/// Returns the meaning of a response to a sent message.
pub(super) fn outcome(response: Result<GraphResponse, GraphError>) -> SendOutcome {
    let response = match response {
        Ok(response) => response,
        Err(GraphError::NotSent) => return SendOutcome::Retry(GraphError::NotSent.to_string()),
        Err(GraphError::Unclear) => return SendOutcome::Unclear,
    };
    let body = &response.body;
    if (200..300).contains(&response.status) {
        let id = body
            .pointer("/messages/0/id")
            .or_else(|| body.pointer("/message_id"))
            .and_then(Value::as_str);
        return id.map_or(SendOutcome::Unclear, |id| {
            SendOutcome::Accepted(id.to_owned())
        });
    }
    let code = body.pointer("/error/code").and_then(Value::as_i64);
    let Some(code) = code else {
        return match response.status {
            429 => SendOutcome::Retry("status 429".to_owned()),
            // A proxy in between does not say what became of the request.
            500.. => SendOutcome::Unclear,
            status => SendOutcome::Rejected(format!("status {status}")),
        };
    };
    let message = body.pointer("/error/message").and_then(Value::as_str);
    let reason: String = format!("{code}: {}", message.unwrap_or_default());
    let reason: String = reason.chars().take(500).collect();
    if UNAUTHORIZED.contains(&code) || (200..300).contains(&code) {
        return SendOutcome::Unauthorized(reason);
    }
    let is_transient =
        TRANSIENT.contains(&code) || response.status == 429 || response.status >= 500;
    if is_transient {
        SendOutcome::Retry(reason)
    } else {
        SendOutcome::Rejected(reason)
    }
}

/// Returns the path of an operation of an integration.
pub(super) fn path(settings: &IntegrationSettings, operation: &str) -> String {
    let version = settings.graph_version.as_deref().unwrap_or(DEFAULT_VERSION);
    format!("{version}/{operation}")
}

/// Returns the id of the account or number from which an integration sends.
pub(super) fn sender_id(integration: &PlatformIntegration) -> &str {
    let number = integration.phone_number_id.as_deref();
    number.unwrap_or(&integration.business_account_id)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn response(status: u16, body: Value) -> SendOutcome {
        outcome(Ok(GraphResponse { status, body }))
    }

    #[test]
    fn responses_have_one_meaning_each() {
        let accepted = json!({"messages": [{"id": "wamid.a"}]});
        let is_id = SendOutcome::Accepted("wamid.a".to_owned());
        assert_eq!(response(200, accepted), is_id);
        assert_eq!(response(200, json!({})), SendOutcome::Unclear);
        assert_eq!(response(502, Value::Null), SendOutcome::Unclear);
        assert_eq!(outcome(Err(GraphError::Unclear)), SendOutcome::Unclear);
        let error = |status, code| response(status, json!({"error": {"code": code}}));
        for (status, code) in [(429, 130_429), (500, 131_000), (400, 131_056), (503, 99)] {
            let outcome = error(status, code);
            assert!(matches!(outcome, SendOutcome::Retry(_)), "{status} {code}");
        }
        assert!(matches!(error(401, 190), SendOutcome::Unauthorized(_)));
        assert!(matches!(error(400, 131_047), SendOutcome::Rejected(_)));
        let not_sent = outcome(Err(GraphError::NotSent));
        assert!(matches!(not_sent, SendOutcome::Retry(_)));
    }
}
