//! PDF: number of pages.

use base::limit;
use hayro_syntax::{LoadPdfError, Pdf};

use super::{Input, Output};
use crate::protocol::{Failure, Summary};

/// Counts the pages of a PDF.
pub fn process(file: &mut dyn Input, size: u64) -> Result<Output, Failure> {
    let content = super::read_all(file, size, limit::MEDIA_PDF_BYTES)?;
    let document = Pdf::new(content).map_err(|error| match error {
        LoadPdfError::Decryption(_) => Failure::Unsupported("encrypted".to_owned()),
        LoadPdfError::Invalid => Failure::Malformed("no page tree".to_owned()),
    })?;
    let summary = Summary {
        pages: u32::try_from(document.pages().len()).ok(),
        ..Summary::default()
    };
    Ok(Output {
        summary,
        ..Output::default()
    })
}
