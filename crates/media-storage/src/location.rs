use std::fmt;
use std::path::PathBuf;
use std::str::FromStr;

use object_store::path::Path;
use url::Url;

/// Where media is stored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Location {
    /// A folder.
    Folder(PathBuf),
    /// A bucket of an S3-compatible service.
    S3 {
        /// Name of the bucket.
        bucket: String,
        /// Beginning of all keys; empty for the whole bucket.
        prefix: String,
    },
}

/// Error of a text that names no location.
#[derive(Clone, Copy, Debug, thiserror::Error)]
#[error("must be file:///folder or s3://bucket/prefix")]
pub struct InvalidLocation;

impl FromStr for Location {
    type Err = InvalidLocation;

    fn from_str(text: &str) -> Result<Self, InvalidLocation> {
        let url = Url::parse(text).map_err(|_| InvalidLocation)?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        if has_user || url.port().is_some() || url.query().is_some() || url.fragment().is_some() {
            return Err(InvalidLocation);
        }
        match url.scheme() {
            "file" => folder(&url),
            "s3" => bucket(&url),
            _ => Err(InvalidLocation),
        }
    }
}

fn folder(url: &Url) -> Result<Location, InvalidLocation> {
    let folder = url.to_file_path().map_err(|()| InvalidLocation)?;
    // The root of the file system is a mistake such as file:// with a missing path.
    folder.parent().ok_or(InvalidLocation)?;
    Ok(Location::Folder(folder))
}

fn bucket(url: &Url) -> Result<Location, InvalidLocation> {
    let bucket = url.host_str().ok_or(InvalidLocation)?;
    // The name becomes a part of host names and paths.
    let is_valid = |byte: u8| byte.is_ascii_alphanumeric() || b"-._".contains(&byte);
    if !bucket.bytes().all(is_valid) || bucket.starts_with(['.', '-']) {
        return Err(InvalidLocation);
    }
    let prefix = Path::from_url_path(url.path()).map_err(|_| InvalidLocation)?;
    Ok(Location::S3 {
        bucket: bucket.to_owned(),
        prefix: prefix.to_string(),
    })
}

impl fmt::Display for Location {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Folder(folder) => folder.display().fmt(f),
            Self::S3 { bucket, prefix } if prefix.is_empty() => write!(f, "s3://{bucket}"),
            Self::S3 { bucket, prefix } => write!(f, "s3://{bucket}/{prefix}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn location_is_a_folder_or_a_bucket_with_a_prefix() {
        let parse = |text: &str| text.parse::<Location>().unwrap();
        assert_eq!(parse("file:///srv/media").to_string(), "/srv/media");
        assert_eq!(
            parse("file:///srv/my%20media/").to_string(),
            "/srv/my media/"
        );
        for text in ["s3://media", "s3://media.example/caas/eu"] {
            assert_eq!(parse(text).to_string(), text);
        }
        let whole = Location::S3 {
            bucket: "media".to_owned(),
            prefix: String::new(),
        };
        assert_eq!(parse("s3://media/"), whole);
    }

    #[test]
    fn other_text_is_rejected() {
        for text in [
            "",
            "media",
            "/srv/media",
            "file://",
            "file:///",
            "file://host/media",
            "s3://",
            "s3:///media",
            "s3://key:secret@media",
            "s3://media:9000",
            "s3://media?region=x",
            "https://media",
            "s3://-a",
            "s3://me dia",
        ] {
            assert!(text.parse::<Location>().is_err(), "{text}");
        }
    }
}
