use std::error::Error as StdError;
use std::fmt;

use base::{Error, ErrorCode};
use serde_json::{Value, json};

/// Error of a command or of the start, as one sentence for the operator.
#[derive(Debug)]
pub struct CliError {
    message: String,
    code: Option<ErrorCode>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl CliError {
    /// Creates an error without a code or cause.
    pub fn new(message: impl Into<String>) -> Self {
        Self {
            message: message.into(),
            code: None,
            cause: None,
        }
    }

    /// Adds a cause, which is displayed after the message.
    #[must_use]
    pub fn with_cause(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// Adds the code and message of a domain error.
    #[must_use]
    pub fn with_error(mut self, error: Error) -> Self {
        let Self { message, code, .. } = error.into();
        self.message = format!("{} – {message}", self.message);
        self.code = code;
        self
    }

    /// Serializes the error as an object under `error`.
    pub fn to_wire(&self) -> Value {
        let mut error = json!({"detail": self.to_string()});
        if let Some(code) = self.code {
            error["code"] = code.as_str().into();
        }
        json!({ "error": error })
    }

    /// Parses the output of [`Self::to_wire`] of another process.
    pub fn from_wire(object: &Value) -> Self {
        let text = |name: &str| object["error"][name].as_str().unwrap_or_default();
        let code = ErrorCode::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text("code"));
        Self {
            message: text("detail").to_owned(),
            code,
            cause: None,
        }
    }
}

impl fmt::Display for CliError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.message)?;
        let mut written = self.message.clone();
        let mut cause = self.cause.as_deref().map(|cause| cause as &dyn StdError);
        while let Some(error) = cause {
            let text = error.to_string();
            // Some errors repeat their source in their own text.
            if !written.contains(&text) {
                write!(f, " – {text}")?;
                written.push_str(&text);
            }
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for CliError {}

impl From<Error> for CliError {
    fn from(error: Error) -> Self {
        let mut message = error.detail.to_string();
        let code = Some(error.code);
        let mut cause = error.source();
        while let Some(error) = cause {
            message = format!("{message} – {error}");
            cause = error.source();
        }
        Self {
            message,
            code,
            cause: None,
        }
    }
}
