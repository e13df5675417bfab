use std::fmt;
use std::time::Duration;

use async_trait::async_trait;
use base::Result;

/// A download that a client makes from the bucket itself.
#[derive(Clone, Debug)]
pub struct PresignedDownload {
    /// Name of the object.
    pub object: object_store::path::Path,
    /// Time after which the URL does not work any more.
    pub expires_in: Duration,
    /// Value of `Content-Type`.
    pub content_type: String,
    /// Value of `Content-Disposition`.
    pub disposition: String,
}

/// Signs URLs of a bucket.
#[async_trait]
pub trait Presign: fmt::Debug + Send + Sync {
    /// Returns a URL that works without credentials.
    ///
    /// # Errors
    /// 503 if it cannot be signed.
    async fn presign(&self, download: PresignedDownload) -> Result<String>;
}
