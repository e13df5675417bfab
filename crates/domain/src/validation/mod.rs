//! What may be stored: one set of checks for requests and socket frames alike.

mod email;
mod metadata;
mod text;
mod url;
mod visible;

use base::{Error, ErrorCode, FieldError, Result};

pub(crate) use email::{email, email_key, former_email_keys};
pub(crate) use metadata::{json_text, metadata};
pub use text::{breaks_line, device_id, overrides_direction};
pub(crate) use text::{file_name, label, line, media_type, name, text, words};
pub(crate) use url::url;
pub use visible::{class, has_visible, is_visible};

/// Gathers the wrong places of a request, so that one answer names them all.
#[derive(Debug, Default)]
pub struct ValidationErrors(Vec<FieldError>);

impl ValidationErrors {
    /// Notes what a check found.
    ///
    /// # Errors
    /// A failure that names no place is not a fault of the request and ends the gathering.
    pub fn note<T>(&mut self, checked: Result<T>) -> Result<Option<T>> {
        match checked {
            Ok(value) => Ok(Some(value)),
            Err(failure) if failure.faults.is_empty() => Err(failure),
            Err(failure) => {
                self.0.extend(failure.faults);
                Ok(None)
            }
        }
    }

    /// Refuses the request if anything was found.
    ///
    /// # Errors
    /// 400 `invalid_request` with every fault.
    pub fn done(mut self) -> Result<()> {
        match self.0.len() {
            0 => Ok(()),
            1 => self.0.pop().map_or(Ok(()), |fault| {
                Err(Error::invalid(fault.pointer, fault.detail))
            }),
            places => {
                let mut failure = Error::new(
                    ErrorCode::InvalidRequest,
                    format!("{places} places of the request are wrong."),
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
    fn all_wrong_places_are_named_at_once() {
        let mut faults = ValidationErrors::default();
        faults.note(Ok(())).unwrap();
        faults
            .note::<()>(Err(Error::invalid("/email", "no")))
            .unwrap();
        faults
            .note::<()>(Err(Error::invalid("/name", "no")))
            .unwrap();
        let failure = faults.done().unwrap_err();
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
    fn a_failure_without_a_place_is_passed_on() {
        let failure = ValidationErrors::default()
            .note::<()>(Err(Error::new(ErrorCode::Unavailable, "later")))
            .unwrap_err();
        assert_eq!(failure.code, ErrorCode::Unavailable);
    }
}
