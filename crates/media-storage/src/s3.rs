use std::fmt;
use std::time::Duration;

use base::limit;
use http::HeaderMap;
use object_store::aws::{AmazonS3, AmazonS3Builder, AwsAuthorizer, AwsCredential};
use object_store::client::{HttpRequest, HttpRequestBody};
use object_store::{BackoffConfig, RetryConfig};
use outbound::{Client, ConfiguredHost, Method, Options, Request};
use url::Url;

use crate::connector::OutboundConnector;
use crate::error::Error;

/// Maximum size of an object that is read: the largest that S3 stores.
const OBJECT_BYTES: u64 = 5 << 40;

/// Rule of [`S3Options::endpoint`].
const ENDPOINT_RULE: &str = "must be a URL such as https://s3.example.com without path and user";

/// Options of an S3-compatible service.
#[derive(Clone)]
pub struct S3Options {
    /// URL of the service without the bucket; `None` for Amazon S3 in `region`.
    pub endpoint: Option<String>,
    /// Region, a part of each signature.
    pub region: String,
    /// Whether the bucket is a part of the path instead of the host name.
    pub path_style: bool,
    /// Whether the endpoint may begin with `http://`.
    pub allow_http: bool,
    /// Access key id.
    pub access_key_id: String,
    /// Secret access key.
    pub secret_access_key: String,
    /// PEM certificates that are trusted in addition to those of the operating system.
    pub ca_certificates: Option<Vec<u8>>,
    /// Whether [`MediaStorage::presign`](crate::MediaStorage::presign) returns URLs.
    pub presigned_downloads: bool,
    /// Timeout of each read. The first one includes sending the part.
    pub read_timeout: Duration,
}

impl fmt::Debug for S3Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("S3Options")
            .field("endpoint", &self.endpoint)
            .field("region", &self.region)
            .finish_non_exhaustive()
    }
}

/// A bucket of an S3-compatible service.
#[derive(Clone, Debug)]
pub(crate) struct Bucket {
    /// Access to the objects of the whole bucket.
    pub(crate) objects: AmazonS3,
    client: Client,
    /// URL of the bucket.
    url: Url,
    region: String,
    pub(crate) presigned_downloads: bool,
}

impl Bucket {
    /// Creates the client of a bucket. Sends no request.
    pub(crate) fn open(bucket: &str, options: &S3Options) -> Result<Self, Error> {
        let endpoint = options.endpoint(bucket)?;
        let client = client(&endpoint, options)?;
        let objects = AmazonS3Builder::new()
            .with_bucket_name(bucket)
            .with_region(&options.region)
            .with_endpoint(endpoint.as_str().trim_end_matches('/'))
            .with_virtual_hosted_style_request(!options.path_style)
            .with_access_key_id(&options.access_key_id)
            .with_secret_access_key(&options.secret_access_key)
            .with_retry(retry())
            .with_http_connector(OutboundConnector(client.clone()))
            .build()?;
        let mut url = endpoint;
        if options.path_style {
            url.set_path(bucket);
        }
        Ok(Self {
            objects,
            client,
            url,
            region: options.region.clone(),
            presigned_downloads: options.presigned_downloads,
        })
    }

    /// Returns whether the bucket keeps or has kept earlier versions of its objects.
    pub(crate) async fn is_versioned(&self) -> Result<bool, Error> {
        let credential = self.objects.credentials().get_credential().await?;
        let mut url = self.url.clone();
        url.set_query(Some("versioning="));
        let headers = self.signed_headers(&credential, &url)?;
        let mut request = Request::new(Method::GET, url);
        *request.headers_mut() = headers;
        let answer = async {
            let response = self.client.send(request).await?.success()?;
            let limit = limit::OUTBOUND_BODY_BYTES as u64;
            response.body.with_limit(limit)?.bytes().await
        };
        let answer = answer.await.map_err(Error::Versioning)?;
        // A bucket that was never versioned has no status.
        let status = b"<Status>";
        Ok(answer.windows(status.len()).any(|found| found == status))
    }

    fn signed_headers(&self, credential: &AwsCredential, url: &Url) -> Result<HeaderMap, Error> {
        let mut request = HttpRequest::new(HttpRequestBody::empty());
        let uri = url.as_str().parse();
        *request.uri_mut() = uri.map_err(|_| Error::Option("endpoint", "is no valid URL"))?;
        AwsAuthorizer::new(credential, "s3", &self.region).try_authorize(&mut request, None)?;
        Ok(request.into_parts().0.headers)
    }
}

impl S3Options {
    /// Validates the options of a bucket without sending a request.
    ///
    /// # Errors
    /// Fails with the option that is invalid.
    pub fn check(&self, bucket: &str) -> Result<(), Error> {
        Bucket::open(bucket, self).map(drop)
    }

    /// Returns the URL of the service, with the bucket in the host name if `path_style` is false.
    fn endpoint(&self, bucket: &str) -> Result<Url, Error> {
        let is_region = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
        if self.region.is_empty() || !self.region.bytes().all(is_region) {
            return Err(Error::Option(
                "region",
                "may contain letters, digits and hyphens only",
            ));
        }
        let amazon = format!("https://s3.{}.amazonaws.com", self.region);
        let given = self.endpoint.as_deref().unwrap_or(&amazon);
        let invalid = || Error::Option("endpoint", ENDPOINT_RULE);
        let mut url = Url::parse(given).map_err(|_| invalid())?;
        let has_user = !url.username().is_empty() || url.password().is_some();
        let is_base = url.path() == "/" && url.query().is_none() && url.fragment().is_none();
        if has_user || !is_base || !["http", "https"].contains(&url.scheme()) {
            return Err(invalid());
        }
        if url.scheme() == "http" && !self.allow_http {
            return Err(Error::Option(
                "endpoint",
                "begins with http:// and allow_http is false",
            ));
        }
        if !self.path_style {
            let host = format!("{bucket}.{}", url.host_str().unwrap_or_default());
            let set = url.domain().is_some() && url.set_host(Some(&host)).is_ok();
            if !set {
                return Err(Error::Option(
                    "path_style",
                    "must be true for an IP address",
                ));
            }
        }
        Ok(url)
    }
}

fn client(endpoint: &Url, options: &S3Options) -> Result<Client, Error> {
    let certificates = match &options.ca_certificates {
        Some(pem) => certificates(pem)?,
        None => Vec::new(),
    };
    let options = Options {
        configured_hosts: ConfiguredHost::of_url(endpoint).into_iter().collect(),
        read_timeout: options.read_timeout,
        // Objects may be large; a read without progress ends the request.
        total_timeout: None,
        max_body_bytes: OBJECT_BYTES,
        http1_only: true,
        certificates,
        ..Options::default()
    };
    Client::new(options).map_err(Error::Client)
}

fn certificates(pem: &[u8]) -> Result<Vec<outbound::Certificate<'static>>, Error> {
    outbound::read_certificates(pem)
        .map_err(|_| Error::Option("ca_file", "must contain PEM certificates"))
}

fn retry() -> RetryConfig {
    RetryConfig {
        backoff: BackoffConfig {
            init_backoff: Duration::from_millis(100),
            max_backoff: Duration::from_secs(5),
            base: 2.,
        },
        max_retries: limit::MEDIA_RETRIES,
        retry_timeout: Duration::from_secs(limit::MEDIA_RETRY_SECONDS as u64),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn options(endpoint: Option<&str>) -> S3Options {
        S3Options {
            endpoint: endpoint.map(str::to_owned),
            region: "eu-central-1".to_owned(),
            path_style: true,
            allow_http: false,
            access_key_id: "id".to_owned(),
            secret_access_key: "canary".to_owned(),
            ca_certificates: None,
            presigned_downloads: true,
            read_timeout: Duration::from_secs(1),
        }
    }

    fn endpoint(options: &S3Options) -> String {
        options.endpoint("media").unwrap().into()
    }

    #[test]
    fn endpoint_is_amazon_in_the_region_by_default() {
        let mut options = options(None);
        assert_eq!(endpoint(&options), "https://s3.eu-central-1.amazonaws.com/");
        options.path_style = false;
        assert_eq!(
            endpoint(&options),
            "https://media.s3.eu-central-1.amazonaws.com/"
        );
    }

    #[test]
    fn http_endpoint_must_be_allowed() {
        let mut options = options(Some("http://127.0.0.1:9000"));
        assert!(options.endpoint("media").is_err());
        options.allow_http = true;
        assert_eq!(endpoint(&options), "http://127.0.0.1:9000/");
        options.path_style = false;
        assert!(
            options.endpoint("media").is_err(),
            "an address has no subdomain"
        );
    }

    #[test]
    fn endpoint_with_path_or_credentials_is_rejected() {
        for given in [
            "https://a.example/b",
            "https://u:p@a.example",
            "a.example",
            "ftp://a",
        ] {
            assert!(options(Some(given)).endpoint("media").is_err(), "{given}");
        }
    }

    #[test]
    fn debug_output_contains_no_secret() {
        let bucket = Bucket::open("media", &options(None)).unwrap();
        assert!(!format!("{bucket:?} {:?}", options(None)).contains("canary"));
    }
}
