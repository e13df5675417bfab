use std::error::Error as StdError;
use std::fmt;

use base::{Error, ErrorCode};
use serde_json::{Value, json};

/// Why a command or the start was refused: one sentence for the operator.
#[derive(Debug)]
pub struct Refusal {
    sentence: String,
    code: Option<ErrorCode>,
    cause: Option<Box<dyn StdError + Send + Sync>>,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self {
            sentence: sentence.into(),
            code: None,
            cause: None,
        }
    }

    /// Keeps the cause, which is shown behind the sentence.
    #[must_use]
    pub fn caused_by(mut self, cause: impl StdError + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// Adds why a verb of the product refused.
    #[must_use]
    pub fn because(mut self, failure: Error) -> Self {
        let Self { sentence, code, .. } = failure.into();
        self.sentence = format!("{} – {sentence}", self.sentence);
        self.code = code;
        self
    }

    /// The refusal as an object under `error`, for programs.
    pub fn to_wire(&self) -> Value {
        let mut error = json!({"detail": self.to_string()});
        if let Some(code) = self.code {
            error["code"] = code.as_str().into();
        }
        json!({ "error": error })
    }

    /// The refusal that another process of the same version showed.
    pub fn from_wire(object: &Value) -> Self {
        let text = |name: &str| object["error"][name].as_str().unwrap_or_default();
        let code = ErrorCode::ALL
            .iter()
            .copied()
            .find(|code| code.as_str() == text("code"));
        Self {
            sentence: text("detail").to_owned(),
            code,
            cause: None,
        }
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        let mut said = self.sentence.clone();
        let mut cause = self.cause.as_deref().map(|cause| cause as &dyn StdError);
        while let Some(error) = cause {
            let told = error.to_string();
            // Some errors repeat their source in their own text.
            if !said.contains(&told) {
                write!(f, " – {told}")?;
                said.push_str(&told);
            }
            cause = error.source();
        }
        Ok(())
    }
}

impl StdError for Refusal {}

impl From<Error> for Refusal {
    fn from(failure: Error) -> Self {
        let mut sentence = failure.detail.to_string();
        let code = Some(failure.code);
        let mut cause = failure.source();
        while let Some(error) = cause {
            sentence = format!("{sentence} – {error}");
            cause = error.source();
        }
        Self {
            sentence,
            code,
            cause: None,
        }
    }
}
