use base::{Error, ErrorCode, Result, TenantId};
use media::clamd::{self, ScanError, ScanOptions, Verdict};
use store::Entity;

use super::process::Original;
use crate::media::{File, FilePurpose, FileStorage, ScannerAddress};

/// What a scan decided about a file.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Scanned {
    /// It may be served.
    Clean,
    /// The scanner found the signature of this name.
    Infected(String),
    /// It cannot be scanned, so it is not served.
    TooLarge,
}

/// Scans the original of a file. Without a scanner, and for content that the client encrypted, there
/// is nothing to find.
///
/// # Errors
/// 503 if the scanner or the media store is unavailable.
pub(super) async fn scan(
    tenant: TenantId,
    storage: FileStorage,
    scanner: Option<ScannerAddress>,
    file: Entity<File>,
) -> Result<Scanned> {
    let Some(scanner) = scanner.filter(|_| file.purpose != FilePurpose::Encrypted) else {
        return Ok(Scanned::Clean);
    };
    let source = Original::new(tenant, storage, &file);
    match clamd::scan(&scanner, &source, ScanOptions::default()).await {
        Ok(Verdict::Clean) => Ok(Scanned::Clean),
        Ok(Verdict::Infected(signature)) => Ok(Scanned::Infected(signature)),
        Err(ScanError::TooLarge) => Ok(Scanned::TooLarge),
        Err(error) => Err(
            Error::new(ErrorCode::Unavailable, "The virus scanner is unavailable.")
                .caused_by(error),
        ),
    }
}
