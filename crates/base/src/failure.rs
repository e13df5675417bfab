use std::borrow::Cow;
use std::error::Error as StdError;
use std::fmt;
use std::sync::Arc;

use crate::ErrorCode;

/// What every verb answers.
pub type Result<T, E = Error> = std::result::Result<T, E>;

/// Why a verb refused or failed. Outside it is a stable code and one helpful
/// sentence; inside it carries its cause, which is logged and never sent.
#[derive(Clone, Debug)]
pub struct Error {
    /// The stable code.
    pub code: ErrorCode,
    /// One sentence that helps the caller. Never holds another tenant's data.
    pub detail: Cow<'static, str>,
    /// The places of the request that are wrong.
    pub faults: Vec<FieldError>,
    /// The version that stands, when the caller's was another.
    pub current_version: Option<i64>,
    /// The value that stands, as JSON text, where the caller may see it.
    pub current_value: Option<Box<str>>,
    /// Milliseconds after which another try may succeed.
    pub retry_after_ms: Option<u64>,
    cause: Option<Arc<dyn StdError + Send + Sync>>,
}

/// One wrong place of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldError {
    /// A JSON pointer (RFC 6901) into the body, or the name of a parameter.
    pub pointer: Cow<'static, str>,
    /// What is wrong there.
    pub detail: Cow<'static, str>,
}

impl Error {
    /// A failure with its code and sentence.
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

    /// A request that is wrong in one place.
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

    /// Something broke on our side; the cause is kept for the log.
    #[must_use]
    pub fn internal(cause: impl StdError + Send + Sync + 'static) -> Self {
        Self::new(
            ErrorCode::Internal,
            "Something failed on our side; the request id finds it in the log.",
        )
        .caused_by(cause)
    }

    /// Keeps the cause for the log.
    #[must_use]
    pub fn caused_by(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.cause = Some(Arc::new(cause));
        self
    }

    /// Says which version stands.
    #[must_use]
    pub const fn with_current_version(mut self, version: i64) -> Self {
        self.current_version = Some(version);
        self
    }

    /// Says which value stands, as JSON text.
    #[must_use]
    pub fn with_current_value(mut self, value: Box<str>) -> Self {
        self.current_value = Some(value);
        self
    }

    /// Says when another try may succeed.
    #[must_use]
    pub const fn retry_after_ms(mut self, millis: u64) -> Self {
        self.retry_after_ms = Some(millis);
        self
    }

    /// Names a wrong place of the request.
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

    /// Takes a place from the front of every fault's pointer, where a batch of one is the request.
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

    /// Puts a place in front of every fault's pointer, for batches.
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
