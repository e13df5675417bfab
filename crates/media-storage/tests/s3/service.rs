use std::io::{BufRead as _, BufReader};
use std::process::{Child, Command, Stdio};
use std::time::Duration;

use media_storage::{MediaStorage, Options, S3Options};
use object_store::path::Path;
use outbound::{Body, Client, Method, Request, Url};

/// Name of the bucket.
pub const BUCKET: &str = "media";

/// Smallest part of an upload that S3 accepts, except for the last one.
pub const PART: usize = 5 * 1024 * 1024;

/// A running service, which ends when this is dropped: its standard input ends.
pub struct Service {
    child: Child,
    pub url: String,
    client: Client,
}

/// Fault of the next requests.
#[derive(Clone, Copy)]
pub struct Fault {
    pub kind: &'static str,
    pub method: &'static str,
    /// Part of the path and query.
    pub key: &'static str,
    pub count: u32,
}

impl Service {
    /// Starts a service with an empty bucket; `None` if there is no Python to run it.
    pub fn start() -> Option<Self> {
        let python = std::env::var_os("CAAS_MOTO")?;
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/s3/service.py");
        let mut child = Command::new(python)
            .args([script, BUCKET])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        let mut output = BufReader::new(child.stdout.take().unwrap());
        output.read_line(&mut line).unwrap();
        let url = line.trim().to_owned();
        let address = url.trim_start_matches("http://");
        let options = outbound::Options {
            configured_hosts: vec![address.parse().unwrap()],
            max_body_bytes: u64::MAX,
            ..outbound::Options::default()
        };
        let client = Client::new(options).unwrap();
        Some(Self { child, url, client })
    }

    /// Returns the options of the service.
    pub fn options(&self) -> S3Options {
        S3Options {
            endpoint: Some(self.url.clone()),
            region: "eu-central-1".to_owned(),
            path_style: true,
            allow_http: true,
            access_key_id: "test-key-id".to_owned(),
            secret_access_key: "test-secret-access-key".to_owned(),
            ca_certificates: None,
            presigned_downloads: true,
            read_timeout: Duration::from_secs(10),
        }
    }

    /// Opens the storage.
    pub fn storage(&self) -> MediaStorage {
        open(self.options())
    }

    /// Injects a fault.
    pub async fn inject(&self, fault: Fault) {
        let Fault {
            kind,
            method,
            key,
            count,
        } = fault;
        let body =
            format!(r#"{{"kind":"{kind}","method":"{method}","key":"{key}","count":{count}}}"#);
        self.control("__fault", body).await;
    }

    /// Enables versions for the bucket.
    pub async fn enable_versions(&self) {
        let body = format!(r#"{{"bucket":"{BUCKET}"}}"#);
        self.control("__versioning", body).await;
    }

    async fn control(&self, path: &str, body: String) {
        let url = Url::parse(&format!("{}/{path}", self.url)).unwrap();
        let mut request = Request::new(Method::PUT, url);
        *request.body_mut() = Some(Body::from(body));
        self.client.send(request).await.unwrap().success().unwrap();
    }

    /// Downloads a URL without credentials.
    pub async fn download(&self, url: Url) -> Result<outbound::Response, outbound::Error> {
        self.client.send(Request::new(Method::GET, url)).await
    }
}

impl Drop for Service {
    fn drop(&mut self) {
        drop(self.child.stdin.take());
        let _ = self.child.wait();
    }
}

/// Opens the storage, with keys that begin with `caas/eu`.
pub fn open(service: S3Options) -> MediaStorage {
    MediaStorage::open(Options::S3 {
        bucket: BUCKET.to_owned(),
        prefix: "caas/eu".to_owned(),
        service,
    })
    .unwrap()
}

/// Returns the key of an object.
pub fn key(name: &str) -> Path {
    Path::from(format!("tenant/file/{name}"))
}

/// Returns bytes that differ at each position.
pub fn content(length: usize) -> Vec<u8> {
    let mut state = 1_u32;
    let mut next = || {
        state = state.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        state.to_be_bytes()
    };
    std::iter::repeat_with(&mut next)
        .flatten()
        .take(length)
        .collect()
}
