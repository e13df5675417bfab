use base::FieldError;
use serde::Serialize;
use utoipa::ToSchema;

/// One invalid field of a request.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct ErrorItem {
    /// JSON Pointer into the body, or the name of a parameter.
    pub pointer: String,
    /// What is wrong with the field.
    pub detail: String,
}

impl From<&FieldError> for ErrorItem {
    fn from(fault: &FieldError) -> Self {
        Self {
            pointer: fault.pointer.clone().into_owned(),
            detail: fault.detail.clone().into_owned(),
        }
    }
}
