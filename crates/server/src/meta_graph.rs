//! Client of the Graph API of Meta.

use std::sync::{Arc, OnceLock};

use async_trait::async_trait;
use base::{ErrorCode, limit};
use bytes::Bytes;
use domain::integrations::{Bridge, Download, GraphApi, GraphError, GraphRequest, GraphResponse};
use domain::key_ring::KeyRing;
use domain::media::Media;
use futures_util::StreamExt as _;
use futures_util::stream::{self, BoxStream};
use outbound::header::{AUTHORIZATION, CONTENT_TYPE, HeaderValue};
use outbound::{Client, ConfiguredHost, Error, Method, Options, Request, Url};
use serde_json::Value;

use crate::cli_error::CliError;
use crate::config::Meta as MetaConfig;

/// URL of Meta's own host, which is reached at public addresses and with TLS only.
const META_URL: &str = "https://graph.facebook.com";

/// Client of the Graph API at the configured host.
#[derive(Debug)]
struct MetaGraph {
    base: String,
    host: Option<ConfiguredHost>,
    /// Hosts to which access tokens are sent when media is downloaded.
    media_hosts: Vec<ConfiguredHost>,
    // Created by the first request, since commands and most servers send none.
    client: OnceLock<Option<Client>>,
    media_client: OnceLock<Option<Client>>,
}

/// Creates what the jobs of integrations need.
///
/// # Errors
/// Fails if the URL is invalid.
pub fn bridge(config: &MetaConfig, key_ring: KeyRing, media: Media) -> Result<Bridge, CliError> {
    let base = config.graph_url.trim_end_matches('/').to_owned();
    let invalid = || CliError::new("[meta] graph_url must be an http or https URL.");
    let url: Url = base.parse().map_err(|_| invalid())?;
    let host = ConfiguredHost::of_url(&url).ok_or_else(invalid)?;
    let media_hosts = config.media_hosts.iter().map(|host| host.parse());
    let media_hosts: Result<Vec<ConfiguredHost>, _> = media_hosts.collect();
    let media_hosts = media_hosts
        .map_err(|error| CliError::new("Invalid [meta] media_hosts").with_cause(error))?;
    let graph = MetaGraph {
        media_hosts: media_hosts.into_iter().chain([host.clone()]).collect(),
        host: (base != META_URL).then_some(host),
        base,
        client: OnceLock::new(),
        media_client: OnceLock::new(),
    };
    Ok(Bridge {
        key_ring,
        graph: Arc::new(graph),
        media,
    })
}

#[async_trait]
impl GraphApi for MetaGraph {
    async fn call(&self, request: GraphRequest) -> Result<GraphResponse, GraphError> {
        let client = self
            .client
            .get_or_init(|| self.new_client(Options::default()));
        let client = client.as_ref().ok_or(GraphError::NotSent)?;
        let request = self.request(&request).ok_or(GraphError::NotSent)?;
        let response = client.send(request).await.map_err(unclear)?;
        let status = response.status.as_u16();
        let body = response
            .body
            .bytes()
            .await
            .map_err(|_| GraphError::Unclear)?;
        Ok(GraphResponse {
            status,
            body: serde_json::from_slice(&body).unwrap_or(Value::Null),
        })
    }

    async fn download(
        &self,
        download: Download,
    ) -> Result<BoxStream<'static, base::Result<Bytes>>, GraphError> {
        let client = self.media_client.get_or_init(|| {
            self.new_client(Options {
                total_timeout: None,
                max_body_bytes: limit::PLATFORM_MEDIA_BYTES as u64,
                ..Options::default()
            })
        });
        let client = client.as_ref().ok_or(GraphError::NotSent)?;
        let request = self.media_request(&download).ok_or(GraphError::NotSent)?;
        let response = client.send(request).await.map_err(|error| {
            if error.is_transient() {
                GraphError::Unclear
            } else {
                GraphError::NotSent
            }
        })?;
        match response.status.as_u16() {
            200 => {}
            429 | 500.. => return Err(GraphError::Unclear),
            _ => return Err(GraphError::NotSent),
        }
        let chunks = stream::unfold(response.body, async |mut body| {
            let chunk = body.chunk().await?;
            let failed = |error| {
                base::Error::new(ErrorCode::Unavailable, "The download was interrupted.")
                    .caused_by(error)
            };
            Some((chunk.map_err(failed), body))
        });
        Ok(chunks.boxed())
    }
}

impl MetaGraph {
    /// Returns the request of a download; `None` if the token may not be sent to the host.
    fn media_request(&self, download: &Download) -> Option<Request> {
        let url: Url = download.url.parse().ok()?;
        let may_have_token = self.media_hosts.iter().any(|host| host.matches(&url));
        let mut request = Request::new(Method::GET, url);
        if let Some(token) = &download.token {
            if !may_have_token {
                return None;
            }
            let mut value: HeaderValue = format!("Bearer {}", &**token).parse().ok()?;
            value.set_sensitive(true);
            request.headers_mut().insert(AUTHORIZATION, value);
        }
        Some(request)
    }

    fn new_client(&self, options: Options) -> Option<Client> {
        let created = Client::new(Options {
            configured_hosts: self.host.clone().into_iter().collect(),
            ..options
        });
        match created {
            Ok(client) => Some(client),
            Err(error) => {
                tracing::error!(%error, "cannot create the client of the Graph API");
                None
            }
        }
    }

    fn request(&self, request: &GraphRequest) -> Option<Request> {
        let url = format!("{}/{}", self.base, request.path).parse().ok()?;
        let method = match request.body {
            Some(_) => Method::POST,
            None => Method::GET,
        };
        let mut built = Request::new(method, url);
        let bearer = format!("Bearer {}", &*request.token);
        let mut token: HeaderValue = bearer.parse().ok()?;
        token.set_sensitive(true);
        built.headers_mut().insert(AUTHORIZATION, token);
        if let Some(body) = &request.body {
            let json = HeaderValue::from_static("application/json");
            built.headers_mut().insert(CONTENT_TYPE, json);
            *built.body_mut() = Some(body.to_string().into());
        }
        Some(built)
    }
}

/// Returns whether a failed request may have been received.
fn unclear(error: Error) -> GraphError {
    match error {
        Error::InvalidUrl
        | Error::ForbiddenAddress
        | Error::Resolve
        | Error::Connect(_)
        | Error::Tls(_)
        | Error::Configuration(_) => GraphError::NotSent,
        _ => GraphError::Unclear,
    }
}
