//! Opening of the configured media storage, and the checks at start.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use base::{ErrorCode, limit};
use domain::installation;
use domain::media::{FileStorage, Media as Files, Presign, PresignedDownload, StorageQuota};
use media::{WorkerOptions, WorkerPool};
use media_storage::{Download, Location, MediaStorage, Options, S3Options, STORE_ID};
use store::Store;

use crate::cli_error::CliError;
use crate::config::{Config, Media, MediaUrl, ScannerAddress, Secret, StoreChoice};
use crate::logging::NOTICE;

const MISSING: &str = "MongoDB requires CAAS_MEDIA_URL: file:///folder for a folder that all nodes share, \
                       or s3://bucket/prefix.";

/// Validates the configuration without opening the storage, and returns its location.
///
/// # Errors
/// Fails with the error with which the server would not start.
pub fn check(config: &Config) -> Result<Location, CliError> {
    let location = location(config)?;
    if let Options::S3 {
        bucket, service, ..
    } = options(&config.media, location.clone())?
    {
        service.check(&bucket).map_err(unusable)?;
    }
    Ok(location)
}

/// Opens the storage. The folder is created if it does not exist; an S3 service is not contacted.
///
/// # Errors
/// Fails if the configuration is invalid or the folder cannot be created.
pub fn open(config: &Config) -> Result<MediaStorage, CliError> {
    let options = options(&config.media, location(config)?)?;
    MediaStorage::open(options).map_err(unusable)
}

/// Creates the files of all tenants over a storage.
pub fn files(config: &Media, media: &MediaStorage) -> Files {
    let storage = match media.location() {
        Location::Folder(folder) => FileStorage::folder(media.objects(), folder.clone()),
        Location::S3 { .. } => {
            let presign: Option<Arc<dyn Presign>> = if config.redirect {
                Some(Arc::new(Bucket(media.clone())))
            } else {
                None
            };
            FileStorage::bucket(media.objects(), presign)
        }
    };
    // The running binary, also after an upgrade has replaced its file.
    let program = PathBuf::from("/proc/self/exe");
    Files {
        storage,
        quota: StorageQuota {
            bytes: config.tenant_bytes,
            files: config.tenant_files,
        },
        workers: Some(WorkerPool::new(WorkerOptions::new(program))),
        scanner: config.clamd.clone().map(|ScannerAddress(address)| address),
        counters: Arc::default(),
    }
}

/// The bucket of the media storage, from which clients download.
#[derive(Debug)]
struct Bucket(MediaStorage);

#[async_trait]
impl Presign for Bucket {
    async fn presign(&self, download: PresignedDownload) -> base::Result<String> {
        let headers = Download {
            content_type: Some(download.content_type),
            content_disposition: Some(download.disposition),
            cache_control: Some("private, max-age=31536000, immutable".to_owned()),
        };
        let presigned = self
            .0
            .presign(&download.object, download.expires_in, headers);
        let unavailable = || {
            base::Error::new(
                ErrorCode::Unavailable,
                "The media store is unavailable; retry.",
            )
        };
        let url = presigned
            .await
            .map_err(|error| unavailable().caused_by(error))?;
        Ok(url.ok_or_else(unavailable)?.into())
    }
}

/// Checks that the storage belongs to the database: both have the same random id. At the first start
/// the id is created in the database and then in the storage; an interrupted start is continued.
///
/// # Errors
/// Fails if the ids differ, the storage has lost its id, or one of them cannot be used.
pub async fn check_store_id(media: &MediaStorage, store: &Store) -> Result<(), CliError> {
    let location = media.location();
    let failed =
        |error| CliError::new(format!("Cannot use the media storage {location}")).with_cause(error);
    let no_store = |error| CliError::new("Cannot use the store").with_error(error);
    let platform = store.platform();
    let stored = installation::get(&platform).await.map_err(no_store)?;
    let found = media.store_id().await.map_err(failed)?;
    let stored = match (stored, &found) {
        (Some(stored), _) => stored,
        (None, Some(_)) => return Err(foreign(location)),
        (None, None) => {
            let id = hex::encode(store.context().random::<16>());
            let created = installation::create(&platform, id).await;
            created.map_err(no_store)?
        }
    };
    let expected = &stored.media_store_id;
    let found = match found {
        Some(found) => found,
        None if stored.media_store_ready => return Err(lost(location, expected)),
        None => media.create_store_id(expected).await.map_err(failed)?,
    };
    if found != *expected {
        return Err(foreign(location));
    }
    if !stored.media_store_ready {
        let set = installation::set_media_store_ready(&platform).await;
        set.map_err(no_store)?;
    }
    Ok(())
}

fn foreign(location: &Location) -> CliError {
    CliError::new(format!(
        "The media storage {location} belongs to another database. Set [media] url to the storage of this \
         database, or to an empty one if this database is new."
    ))
}

fn lost(location: &Location, expected: &str) -> CliError {
    CliError::new(format!(
        "The media storage {location} does not contain {STORE_ID}, so it is not the one with the files of this \
         database. Set [media] url to that storage, or restore it. To continue without its files, store the text \
         {expected} as {STORE_ID}."
    ))
}

/// Logs a warning if the storage keeps erased bytes, or if other users of the machine can read it.
pub async fn warn_if_kept(media: &MediaStorage) {
    let location = media.location();
    match media.is_versioned().await {
        Ok(false) => {}
        Ok(true) => {
            tracing::warn!(%location, "media bucket is versioned: erased files stay in it, add a lifecycle rule for noncurrent versions");
        }
        Err(error) => {
            tracing::info!(%location, %error, "cannot read whether the media bucket is versioned");
        }
    }
    if let Location::Folder(folder) = location
        && is_exposed(folder)
    {
        let folder = folder.display();
        tracing::warn!(target: NOTICE, %folder, "media folder is readable by other users, set its mode to 0700");
    }
}

/// Returns whether other users of the machine may read the folder.
fn is_exposed(folder: &Path) -> bool {
    fs::metadata(folder).is_ok_and(|metadata| metadata.permissions().mode() & 0o005 != 0)
}

fn location(config: &Config) -> Result<Location, CliError> {
    match (&config.media.url, &config.store.url) {
        (Some(MediaUrl(location)), _) => Ok(location.clone()),
        (None, StoreChoice::Sqlite) => Ok(Location::Folder(config.store.data_dir.join("media"))),
        (None, StoreChoice::Mongo(_)) => Err(CliError::new(MISSING)),
    }
}

fn options(config: &Media, location: Location) -> Result<Options, CliError> {
    let (bucket, prefix) = match location {
        Location::Folder(folder) => return Ok(Options::Folder(folder)),
        Location::S3 { bucket, prefix } => (bucket, prefix),
    };
    let access_key_id = credential(
        config.access_key_id.as_ref(),
        config.access_key_id_file.as_ref(),
        "CAAS_MEDIA_ACCESS_KEY_ID",
    )?;
    let secret_access_key = credential(
        config.secret_access_key.as_ref(),
        config.secret_access_key_file.as_ref(),
        "CAAS_MEDIA_SECRET_ACCESS_KEY",
    )?;
    let ca_certificates = config.ca_file.as_deref().map(read).transpose()?;
    Ok(Options::S3 {
        bucket,
        prefix,
        service: S3Options {
            endpoint: config.endpoint.clone(),
            region: config.region.clone(),
            path_style: config.path_style,
            allow_http: config.allow_http,
            access_key_id,
            secret_access_key,
            ca_certificates: ca_certificates.map(String::into_bytes),
            presigned_downloads: config.redirect,
            read_timeout: Duration::from_secs(limit::MEDIA_READ_SECONDS as u64),
        },
    })
}

fn credential(
    value: Option<&Secret>,
    file: Option<&PathBuf>,
    variable: &str,
) -> Result<String, CliError> {
    let text = match (value, file) {
        (Some(value), None) => value.reveal().to_owned(),
        (None, Some(file)) => read(file)?,
        (Some(_), Some(_)) => {
            let message = format!("Set either {variable} or {variable}_FILE, not both.");
            return Err(CliError::new(message));
        }
        (None, None) => {
            let message = format!("An S3 media storage requires {variable} or {variable}_FILE.");
            return Err(CliError::new(message));
        }
    };
    let text = text.trim();
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_graphic()) {
        let message = format!("The value of {variable} is not a valid key.");
        return Err(CliError::new(message));
    }
    Ok(text.to_owned())
}

fn read(file: &Path) -> Result<String, CliError> {
    fs::read_to_string(file)
        .map_err(|error| CliError::new(format!("Cannot read {}", file.display())).with_cause(error))
}

fn unusable(error: media_storage::Error) -> CliError {
    CliError::new("Cannot open the media storage").with_cause(error)
}
