use std::io;
use std::path::PathBuf;

/// Error of opening or checking a storage. Contains no secret.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Error {
    /// The folder cannot be created or opened.
    #[error("the folder {} cannot be used", .0.display())]
    Folder(PathBuf, #[source] io::Error),
    /// An option of the S3 service is invalid: its name and the rule.
    #[error("{0} {1}")]
    Option(&'static str, &'static str),
    /// The client of the S3 service cannot be created.
    #[error("the client of the S3 service cannot be created")]
    Client(#[source] outbound::Error),
    /// The storage cannot be read or written.
    #[error(transparent)]
    Storage(#[from] object_store::Error),
    /// The S3 service does not tell whether the bucket is versioned.
    #[error("the versioning of the bucket cannot be read")]
    Versioning(#[source] outbound::Error),
    /// The object with the store id has another content.
    #[error("the object caas-store-id must contain 32 hexadecimal digits")]
    InvalidStoreId,
}
