use std::error::Error;
use std::fmt;

use base::{Code, Failure};

/// Why a command or the start was refused: one sentence for the operator.
#[derive(Debug)]
pub struct Refusal {
    sentence: String,
    code: Option<Code>,
    cause: Option<Box<dyn Error + Send + Sync>>,
}

impl Refusal {
    /// A refusal with its sentence.
    pub fn new(sentence: impl Into<String>) -> Self {
        Self { sentence: sentence.into(), code: None, cause: None }
    }

    /// Keeps the cause, which is shown behind the sentence.
    #[must_use]
    pub fn caused_by(mut self, cause: impl Error + Send + Sync + 'static) -> Self {
        self.cause = Some(Box::new(cause));
        self
    }

    /// The stable code, when a verb of the product refused.
    pub const fn code(&self) -> Option<Code> {
        self.code
    }
}

impl fmt::Display for Refusal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.sentence)?;
        let mut cause = self.cause.as_deref().map(|cause| cause as &dyn Error);
        while let Some(error) = cause {
            write!(f, " – {error}")?;
            cause = error.source();
        }
        Ok(())
    }
}

impl Error for Refusal {}

impl From<Failure> for Refusal {
    fn from(failure: Failure) -> Self {
        Self { sentence: failure.detail.to_string(), code: Some(failure.code), cause: None }
    }
}
