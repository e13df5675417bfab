use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::ErrorCode;

/// Result of every domain operation.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Error of a domain operation: a stable code and one helpful sentence for the
/// caller, and a cause that is logged and never sent.
#[derive(Clone, Debug)]
pub struct Error {
    /// The stable code.
    pub code: ErrorCode,
    /// One sentence that helps the caller. Never contains data of another tenant.
    pub detail: Cow<'static, str>,
    /// The invalid fields of the request.
    pub faults: Vec<FieldError>,
    /// The current version, if the caller's did not match.
    pub current_version: Option<i64>,
    /// The current value as JSON, if the caller may read it.
    pub current_value: Option<Box<str>>,
    /// Milliseconds after which a retry may succeed.
    pub retry_after_ms: Option<u64>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// One invalid field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// JSON Pointer (RFC 6901) into the body, or the name of a parameter.
    pub pointer: Cow<'static, str>,
    /// What is wrong with the field.
    pub detail: Cow<'static, str>,
}

impl Error {
    /// Creates an error with its code and sentence.
    #[must_use]
    pub fn new(code: ErrorCode, detail: impl Into<Cow<'static, str>>) -> Self {
        let (faults, current_version, current_value, retry_after_ms, cause) = Default::default();
        Self {
            code,
            detail: detail.into(),
            faults,
            current_version,
            current_value,
            retry_after_ms,
            cause,
        }
    }

    /// Creates an error for one invalid field.
    #[must_use]
    pub fn invalid(
        pointer: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        let pointer = pointer.into();
        let detail = detail.into();
        let sentence = if pointer.is_empty() {
            detail.clone()
        } else {
            Cow::from(format!("{pointer}: {detail}"))
        };
        let mut failure = Self::new(ErrorCode::InvalidRequest, sentence);
        failure.faults.push(FieldError { pointer, detail });
        failure
    }

    /// Creates an internal error; the cause is kept for the log.
    #[must_use]
    pub fn internal(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(
            ErrorCode::Internal,
            "Internal server error. The request id identifies it in the log.",
        )
        .caused_by(cause)
    }

    /// Adds the cause, for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// Adds the current version.
    #[must_use]
    pub const fn with_current_version(mut self, version: i64) -> Self {
        self.current_version = Some(version);
        self
    }

    /// Adds the current value as JSON.
    #[must_use]
    pub fn with_current_value(mut self, value: Box<str>) -> Self {
        self.current_value = Some(value);
        self
    }

    /// Sets the delay after which a retry may succeed, in milliseconds.
    #[must_use]
    pub const fn retry_after_ms(mut self, millis: u64) -> Self {
        self.retry_after_ms = Some(millis);
        self
    }

    /// Adds an invalid field.
    #[must_use]
    pub fn at(
        mut self,
        pointer: impl Into<Cow<'static, str>>,
        detail: impl Into<Cow<'static, str>>,
    ) -> Self {
        self.faults.push(FieldError {
            pointer: pointer.into(),
            detail: detail.into(),
        });
        self
    }

    /// Removes a prefix from the pointer of every field error, for a request that is processed as a batch of one.
    #[must_use]
    pub fn without(mut self, place: &str) -> Self {
        for fault in &mut self.faults {
            fault.pointer = fault
                .pointer
                .strip_prefix(place)
                .unwrap_or(&fault.pointer)
                .to_owned()
                .into();
        }
        self
    }

    /// Adds a prefix to the pointer of every field error, for batches.
    #[must_use]
    pub fn within(mut self, place: &str) -> Self {
        for fault in &mut self.faults {
            fault.pointer = format!("{place}{}", fault.pointer).into();
        }
        self
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.code, self.detail)
    }
}

impl StdError for Error {
    fn source(&self) -> Option<&(dyn StdError + 'static)> {
        self.cause.as_deref().map(|cause| cause as _)
    }
}
