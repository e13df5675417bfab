use std::fmt;
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use object_store::ObjectStore;
use object_store::multipart::MultipartStore;
use object_store::path::Path;
use object_store::prefix::PrefixStore;
use object_store::signer::{SignedUrlOptions, Signer};
use outbound::Method;
use url::Url;

use crate::error::Error;
use crate::folder;
use crate::location::Location;
use crate::s3::{Bucket, S3Options};

/// Options of a storage.
#[derive(Clone, Debug)]
pub enum Options {
    /// A folder, which is created if it does not exist.
    Folder(PathBuf),
    /// A bucket, which must exist.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Beginning of all keys; empty for the whole bucket.
        prefix: String,
        /// Service and credentials.
        service: S3Options,
    },
}

/// Open storage. Clones share their connections.
#[derive(Clone)]
pub struct MediaStorage {
    location: Location,
    objects: Arc<dyn ObjectStore>,
    bucket: Option<PrefixedBucket>,
}

/// Abilities of a bucket that a folder does not have.
#[derive(Clone)]
struct PrefixedBucket {
    objects: Arc<PrefixStore<object_store::aws::AmazonS3>>,
    bucket: Bucket,
}

/// Headers of the response to a presigned download.
#[derive(Clone, Debug, Default)]
pub struct Download {
    /// Value of `Content-Type`.
    pub content_type: Option<String>,
    /// Value of `Content-Disposition`.
    pub content_disposition: Option<String>,
    /// Value of `Cache-Control`.
    pub cache_control: Option<String>,
}

impl MediaStorage {
    /// Opens a storage. A folder is created; no request is sent to an S3 service.
    ///
    /// # Errors
    /// Fails if the folder cannot be created or an option is invalid.
    pub fn open(options: Options) -> Result<Self, Error> {
        match options {
            Options::Folder(folder) => Ok(Self {
                objects: Arc::new(folder::open(&folder)?),
                location: Location::Folder(folder),
                bucket: None,
            }),
            Options::S3 {
                bucket: name,
                prefix,
                service,
            } => {
                let bucket = Bucket::open(&name, &service)?;
                let objects = PrefixStore::new(bucket.objects.clone(), prefix.as_str());
                let objects = Arc::new(objects);
                Ok(Self {
                    location: Location::S3 {
                        bucket: name,
                        prefix,
                    },
                    objects: Arc::<PrefixStore<_>>::clone(&objects),
                    bucket: Some(PrefixedBucket { objects, bucket }),
                })
            }
        }
    }

    /// Returns the location.
    pub fn location(&self) -> &Location {
        &self.location
    }

    /// Returns the objects.
    ///
    /// Attributes such as a content type must not be set: a folder does not store them.
    pub fn objects(&self) -> Arc<dyn ObjectStore> {
        Arc::clone(&self.objects)
    }

    /// Returns the interface for uploads in parts that other processes continue; `None` for a
    /// folder.
    pub fn multipart(&self) -> Option<Arc<dyn MultipartStore>> {
        let bucket = self.bucket.as_ref()?;
        Some(Arc::<PrefixStore<_>>::clone(&bucket.objects))
    }

    /// Returns whether the storage keeps deleted and replaced objects.
    ///
    /// # Errors
    /// Fails if the service does not support the request, or the credentials do not permit it.
    pub async fn is_versioned(&self) -> Result<bool, Error> {
        match &self.bucket {
            Some(bucket) => bucket.bucket.is_versioned().await,
            None => Ok(false),
        }
    }

    /// Returns a URL with which a client without credentials can download an object until
    /// `expires_in` has passed; `None` for a folder, or if [`S3Options::presigned_downloads`] is
    /// off. The object need not exist.
    ///
    /// # Errors
    /// Fails if the URL cannot be signed.
    pub async fn presign(
        &self,
        object: &Path,
        expires_in: Duration,
        download: Download,
    ) -> Result<Option<Url>, Error> {
        let bucket = self.bucket.as_ref();
        let Some(bucket) = bucket.filter(|bucket| bucket.bucket.presigned_downloads) else {
            return Ok(None);
        };
        let headers = [
            ("response-content-type", download.content_type),
            ("response-content-disposition", download.content_disposition),
            ("response-cache-control", download.cache_control),
        ];
        let query = headers
            .into_iter()
            .filter_map(|(name, value)| Some((name, value?)));
        let options = SignedUrlOptions::new().with_query(query);
        let signed = bucket
            .objects
            .signed_url_opts(Method::GET, object, expires_in, &options);
        Ok(Some(signed.await?))
    }
}

impl fmt::Debug for MediaStorage {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "MediaStorage({})", self.location)
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use object_store::{Error as StoreError, ObjectStoreExt as _};

    use super::*;

    fn open(folder: &std::path::Path) -> MediaStorage {
        MediaStorage::open(Options::Folder(folder.to_owned())).unwrap()
    }

    #[tokio::test]
    async fn folder_is_created_private_and_stores_objects() {
        let home = tempfile::tempdir().unwrap();
        let folder = home.path().join("a/media");
        let objects = open(&folder).objects();
        let mode = fs::metadata(&folder).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o700);
        let path = Path::from("tenant/file/original");
        objects.put(&path, "bytes".into()).await.unwrap();
        let read = open(&folder).objects().get(&path).await.unwrap();
        assert_eq!(read.bytes().await.unwrap(), "bytes");
        objects.delete(&path).await.unwrap();
        let missing = objects.get(&path).await;
        assert!(matches!(missing, Err(StoreError::NotFound { .. })));
        assert!(
            !folder.join("tenant").exists(),
            "empty directories are removed"
        );
    }

    #[tokio::test]
    async fn folder_keeps_its_first_id() {
        let home = tempfile::tempdir().unwrap();
        let storage = open(&home.path().join("media"));
        assert_eq!(storage.store_id().await.unwrap(), None);
        for id in ["0", "1"] {
            let stored = storage.create_store_id(&id.repeat(32)).await.unwrap();
            assert_eq!(stored, "0".repeat(32));
        }
        for invalid in [
            String::new(),
            "0".repeat(31),
            "g".repeat(32),
            "0".repeat(1000),
        ] {
            fs::write(home.path().join("media/caas-store-id"), invalid).unwrap();
            let read = storage.store_id().await;
            assert!(matches!(read, Err(Error::InvalidStoreId)), "{read:?}");
        }
    }

    #[tokio::test]
    async fn folder_has_no_presigned_urls_parts_or_versions() {
        let home = tempfile::tempdir().unwrap();
        let storage = open(home.path());
        let minute = Duration::from_mins(1);
        let path = Path::from("a");
        let presigned = storage.presign(&path, minute, Download::default());
        assert!(presigned.await.unwrap().is_none());
        assert!(storage.multipart().is_none());
        assert!(!storage.is_versioned().await.unwrap());
    }

    #[test]
    fn folder_that_cannot_be_created_is_an_error() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let opened = MediaStorage::open(Options::Folder(file.path().join("media")));
        assert!(matches!(opened, Err(Error::Folder(..))), "{opened:?}");
    }
}
