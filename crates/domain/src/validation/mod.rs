//! Validation of stored values, shared by requests and socket frames.

mod email;
mod language;
mod metadata;
mod text;
mod url;
mod visible;

use base::{Error, ErrorCode, FieldError, Result};

pub(crate) use email::{email, email_key, former_email_keys};
pub(crate) use language::language;
pub(crate) use metadata::{json_text, metadata};
pub use text::{breaks_line, device_id, overrides_direction};
pub(crate) use text::{
    file_name, label, line, media_type, media_type_pattern, name, optional_label, text, words,
};
pub(crate) use url::url;
pub use visible::{class, has_visible, is_visible};

/// Collects the invalid fields of a request, so that one error names them all.
#[derive(Debug, Default)]
pub struct ValidationErrors(Vec<FieldError>);

impl ValidationErrors {
    /// Adds the field errors of a result.
    ///
    /// # Errors
    /// Returns an error without field errors unchanged: it is not a fault of the request.
    pub fn add<T>(&mut self, validated: Result<T>) -> Result<Option<T>> {
        match validated {
            Ok(value) => Ok(Some(value)),
            Err(failure) if failure.faults.is_empty() => Err(failure),
            Err(failure) => {
                self.0.extend(failure.faults);
                Ok(None)
            }
        }
    }

    /// Fails if field errors were collected.
    ///
    /// # Errors
    /// 400 `invalid_request` with all field errors.
    pub fn finish(mut self) -> Result<()> {
        match self.0.len() {
            0 => Ok(()),
            1 => self.0.pop().map_or(Ok(()), |fault| {
                Err(Error::invalid(fault.pointer, fault.detail))
            }),
            places => {
                let mut failure = Error::new(
                    ErrorCode::InvalidRequest,
                    format!("{places} fields of the request are invalid."),
                );
                failure.faults = self.0;
                Err(failure)
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_invalid_fields_are_named() {
        let mut errors = ValidationErrors::default();
        errors.add(Ok(())).unwrap();
        errors
            .add::<()>(Err(Error::invalid("/email", "no")))
            .unwrap();
        errors
            .add::<()>(Err(Error::invalid("/name", "no")))
            .unwrap();
        let failure = errors.finish().unwrap_err();
        assert_eq!(
            failure
                .faults
                .iter()
                .map(|fault| fault.pointer.as_ref())
                .collect::<Vec<_>>(),
            ["/email", "/name"]
        );
    }

    #[test]
    fn error_without_a_field_is_returned() {
        let failure = ValidationErrors::default()
            .add::<()>(Err(Error::new(ErrorCode::Unavailable, "later")))
            .unwrap_err();
        assert_eq!(failure.code, ErrorCode::Unavailable);
    }
}
