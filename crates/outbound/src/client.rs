use std::sync::Arc;
use std::time::Duration;

use base::limit;
use reqwest::dns::Resolve;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{ClientBuilder, Request, StatusCode, Url};
use rustls::ClientConfig;
use rustls::pki_types::CertificateDer;
use url::Host;

use crate::address::is_public;
use crate::body::ResponseBody;
use crate::error::Error;
use crate::host::ConfiguredHost;
use crate::resolver::{Lookup, PublicOnly, SystemLookup, Unchecked};
use crate::tls::client_config;

/// Value of the header `User-Agent`.
const USER_AGENT: &str = concat!("caas/", env!("CARGO_PKG_VERSION"));

/// Options of a client.
#[derive(Clone, Debug)]
pub struct Options {
    /// Hosts that the operator has configured. They may have any address, and may be reached
    /// without TLS.
    pub configured_hosts: Vec<ConfiguredHost>,
    /// Timeout of name resolution, connection and TLS handshake together.
    pub connect_timeout: Duration,
    /// Timeout of each read. The first one includes sending the request.
    pub read_timeout: Duration,
    /// Timeout of the whole request with its response body; `None` if the size of the body is
    /// not known to be small.
    pub total_timeout: Option<Duration>,
    /// Maximum size of a response body in bytes.
    pub max_body_bytes: u64,
    /// Whether HTTP/2 is not used. Large bodies are faster over several connections.
    pub http1_only: bool,
    /// Certificates that are trusted in addition to those of the operating system.
    pub certificates: Vec<CertificateDer<'static>>,
    /// Resolver of host names.
    pub lookup: Arc<dyn Lookup>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            configured_hosts: Vec::new(),
            connect_timeout: Duration::from_secs(limit::OUTBOUND_CONNECT_SECONDS as u64),
            read_timeout: Duration::from_secs(limit::OUTBOUND_READ_SECONDS as u64),
            total_timeout: Some(Duration::from_secs(limit::OUTBOUND_SECONDS as u64)),
            max_body_bytes: limit::OUTBOUND_BODY_BYTES as u64,
            http1_only: false,
            certificates: Vec::new(),
            lookup: Arc::new(SystemLookup::default()),
        }
    }
}

/// HTTP client. Clones share their connections.
#[derive(Clone, Debug)]
pub struct Client {
    configured_hosts: Arc<[ConfiguredHost]>,
    max_body_bytes: u64,
    /// Client for all hosts that are not configured.
    public: reqwest::Client,
    /// Client for configured hosts, apart from the other, because resolvers do not see the port.
    configured: reqwest::Client,
}

/// Response to a request.
#[derive(Debug)]
pub struct Response {
    /// Status. Redirects are not followed.
    pub status: StatusCode,
    /// Headers.
    pub headers: HeaderMap,
    /// Body.
    pub body: ResponseBody,
}

impl Client {
    /// Creates a client.
    ///
    /// # Errors
    /// Fails with [`Error::Configuration`] if TLS cannot be initialized.
    pub fn new(options: Options) -> Result<Self, Error> {
        let tls = client_config(&options.certificates, options.http1_only)?;
        let lookup = Arc::clone(&options.lookup);
        let public = build(&options, tls.clone(), PublicOnly(lookup))?;
        let lookup = Arc::clone(&options.lookup);
        let configured = build(&options, tls, Unchecked(lookup))?;
        Ok(Self {
            configured_hosts: options.configured_hosts.into(),
            max_body_bytes: options.max_body_bytes,
            public,
            configured,
        })
    }

    /// Sends a request and returns the response as soon as its headers have arrived.
    ///
    /// # Errors
    /// Fails with [`Error::InvalidUrl`] or [`Error::ForbiddenAddress`] before anything is sent, or
    /// if no response arrives in time. A response with any status is a success; see
    /// [`Response::success`].
    pub async fn send(&self, request: Request) -> Result<Response, Error> {
        let client = self.client_for(request.url())?;
        let sent = client.execute(request).await;
        let response = sent.map_err(|error| Error::of(&error))?;
        let status = response.status();
        let headers = response.headers().clone();
        let body = ResponseBody::new(response.into(), self.max_body_bytes)?;
        Ok(Response {
            status,
            headers,
            body,
        })
    }

    fn client_for(&self, url: &Url) -> Result<&reqwest::Client, Error> {
        let has_user = !url.username().is_empty() || url.password().is_some();
        let is_configured = self.configured_hosts.iter().any(|host| host.matches(url));
        let is_allowed = url.scheme() == "https" || (url.scheme() == "http" && is_configured);
        if has_user || !is_allowed {
            return Err(Error::InvalidUrl);
        }
        if is_configured {
            return Ok(&self.configured);
        }
        // The resolver is not asked for addresses. Their other notations, such as 0x7f.1, are
        // normalized by parsing the URL.
        let address = match url.host() {
            Some(Host::Domain(_)) => return Ok(&self.public),
            Some(Host::Ipv4(address)) => address.into(),
            Some(Host::Ipv6(address)) => address.into(),
            None => return Err(Error::InvalidUrl),
        };
        if !is_public(address) {
            return Err(Error::ForbiddenAddress);
        }
        Ok(&self.public)
    }
}

impl Response {
    /// Returns the response if its status is 2xx.
    ///
    /// # Errors
    /// Fails with [`Error::Status`] for every other status, including redirects.
    pub fn success(self) -> Result<Self, Error> {
        if self.status.is_success() {
            return Ok(self);
        }
        Err(Error::Status(self.status))
    }
}

fn build(
    options: &Options,
    tls: ClientConfig,
    resolver: impl Resolve + 'static,
) -> Result<reqwest::Client, Error> {
    #[expect(
        clippy::disallowed_methods,
        reason = "this is the one client of the product"
    )]
    let builder: ClientBuilder = reqwest::Client::builder();
    let mut builder = builder
        .tls_backend_preconfigured(tls)
        .dns_resolver(resolver)
        .redirect(Policy::none())
        .no_proxy()
        .referer(false)
        .user_agent(USER_AGENT)
        .connect_timeout(options.connect_timeout)
        .read_timeout(options.read_timeout);
    if let Some(timeout) = options.total_timeout {
        builder = builder.timeout(timeout);
    }
    if options.http1_only {
        builder = builder.http1_only();
    }
    let built = builder.build();
    built.map_err(|_| Error::Configuration("the options are invalid".to_owned()))
}
