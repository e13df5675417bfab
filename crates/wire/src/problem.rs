use base::Error;
use serde::Serialize;
use serde_json::value::RawValue;
use utoipa::ToSchema;

use crate::ErrorItem;

/// Problem details of a failed request (RFC 9457).
#[derive(Debug, Clone, Serialize, ToSchema)]
pub struct Problem {
    /// `urn:caas:error:` followed by the code.
    #[serde(rename = "type")]
    pub kind: String,
    /// Meaning of the code.
    pub title: &'static str,
    /// HTTP status.
    #[schema(minimum = 400, maximum = 599)]
    pub status: u16,
    /// One sentence that helps the caller.
    pub detail: String,
    /// Stable error code.
    pub code: &'static str,
    /// Id of the request in the server's log.
    pub request_id: String,
    /// Invalid fields of the request.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub errors: Vec<ErrorItem>,
    /// Current version, for 409 `version_conflict`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub current_version: Option<i64>,
    /// Current value, for 409 `version_conflict` of app data.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<crate::schema::AnyJson>)]
    pub current_value: Option<Box<RawValue>>,
}

impl Problem {
    /// Returns the problem details of an error.
    #[must_use]
    pub fn new(failure: &Error, request_id: String) -> Self {
        let code = failure.code;
        Self {
            kind: format!("urn:caas:error:{code}"),
            title: code.title(),
            status: code.status(),
            detail: failure.detail.clone().into_owned(),
            code: code.as_str(),
            request_id,
            errors: failure.faults.iter().map(ErrorItem::from).collect(),
            current_version: failure.current_version,
            current_value: failure
                .current_value
                .clone()
                .and_then(|text| RawValue::from_string(text.into()).ok()),
        }
    }
}
