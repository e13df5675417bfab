use axum::http::HeaderMap;
use axum::http::header::CONTENT_TYPE;
use base::{Error, ErrorCode, Result, limit};
use bytes::Bytes;
use futures_util::{Stream, TryStreamExt as _};
use multer::{Field, Multipart};

use crate::cost::announced_length;
use crate::headers::single;

/// Bytes of boundaries, headers and text fields that a form may have in addition to the file.
const OVERHEAD_BYTES: u64 = 64 * 1024;

/// Bytes of a text field.
const FIELD_BYTES: usize = 1_024;

/// A form with text fields, followed by the field `file` (RFC 7578).
#[derive(Debug)]
pub(crate) struct FileForm {
    multipart: Multipart<'static>,
}

/// Field of a form.
#[derive(Debug)]
pub(crate) enum FormField {
    /// A text field.
    Text(String, String),
    /// The field `file`.
    File(Box<FilePart>),
}

/// The file of a form.
#[derive(Debug)]
pub(crate) struct FilePart {
    /// File name.
    pub(crate) name: Option<String>,
    /// Media type that the client states.
    pub(crate) content_type: Option<String>,
    field: Field<'static>,
}

impl FileForm {
    /// Reads the form in a body.
    ///
    /// # Errors
    /// 415 `unsupported_media_type` if the body is not a form, 413 if it is announced as too large.
    pub(crate) fn new(
        headers: &HeaderMap,
        body: impl Stream<Item = Result<Bytes>> + Send + 'static,
    ) -> Result<Self> {
        let content_type = single(headers, &CONTENT_TYPE)?.unwrap_or_default();
        let boundary = multer::parse_boundary(content_type).map_err(|_| {
            let detail = "The body must be multipart/form-data with a boundary.";
            Error::new(ErrorCode::UnsupportedMediaType, detail)
        })?;
        if announced_length(headers) as u64 > max_bytes() {
            return Err(too_large());
        }
        let mut received = 0;
        let body = body.and_then(move |chunk: Bytes| {
            received += chunk.len() as u64;
            std::future::ready(if received > max_bytes() {
                Err(too_large())
            } else {
                Ok(chunk)
            })
        });
        Ok(Self {
            multipart: Multipart::new(body, boundary),
        })
    }

    /// Returns the next field; `None` at the end.
    ///
    /// # Errors
    /// 400 if the form is malformed, and the errors of the body.
    pub(crate) async fn next(&mut self) -> Result<Option<FormField>> {
        let Some(mut field) = self.multipart.next_field().await.map_err(malformed)? else {
            return Ok(None);
        };
        let name = field.name().unwrap_or_default().to_owned();
        if name == "file" {
            return Ok(Some(FormField::File(Box::new(FilePart {
                name: field.file_name().map(str::to_owned),
                content_type: field.content_type().map(ToString::to_string),
                field,
            }))));
        }
        let mut text = Vec::new();
        while let Some(chunk) = field.chunk().await.map_err(malformed)? {
            text.extend_from_slice(&chunk);
            if text.len() > FIELD_BYTES {
                let message = format!("must have at most {FIELD_BYTES} bytes");
                return Err(Error::invalid(format!("/{name}"), message));
            }
        }
        let text = String::from_utf8(text)
            .map_err(|_| Error::invalid(format!("/{name}"), "must be UTF-8"))?;
        Ok(Some(FormField::Text(name, text)))
    }
}

impl FilePart {
    /// Returns the content of the file.
    pub(crate) fn content(self) -> impl Stream<Item = Result<Bytes>> + Send {
        self.field.map_err(malformed)
    }
}

const fn max_bytes() -> u64 {
    limit::FILE_BYTES as u64 + OVERHEAD_BYTES
}

fn too_large() -> Error {
    let detail = format!(
        "The file exceeds {} bytes; use a resumable upload.",
        limit::FILE_BYTES
    );
    Error::new(ErrorCode::PayloadTooLarge, detail)
}

/// Returns the error of the body itself, or 400.
fn malformed(error: multer::Error) -> Error {
    if let multer::Error::StreamReadFailed(cause) = error {
        return match cause.downcast::<Error>() {
            Ok(error) => *error,
            Err(_) => Error::invalid("", "The body is incomplete."),
        };
    }
    Error::invalid("", format!("The form is malformed: {error}."))
}
