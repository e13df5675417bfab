//! Requests of `object_store`, sent by the outbound client.

use async_trait::async_trait;
use http_body_util::BodyExt as _;
use object_store::ClientOptions;
use object_store::client::{
    HttpClient, HttpConnector, HttpError, HttpErrorKind, HttpRequest, HttpResponse,
    HttpResponseBody, HttpService,
};
use outbound::{Body, Client, Error, Method, Request, Url};

/// Maximum size of a response that is no object: a list, an error, a part's result.
const CONTROL_BYTES: u64 = 16 * 1024 * 1024;

/// Creates clients for `object_store`.
#[derive(Clone, Debug)]
pub(crate) struct OutboundConnector(pub(crate) Client);

impl HttpConnector for OutboundConnector {
    fn connect(&self, _: &ClientOptions) -> object_store::Result<HttpClient> {
        Ok(HttpClient::new(OutboundService(self.0.clone())))
    }
}

#[derive(Debug)]
struct OutboundService(Client);

#[async_trait]
impl HttpService for OutboundService {
    async fn call(&self, request: HttpRequest) -> Result<HttpResponse, HttpError> {
        let (parts, body) = request.into_parts();
        let url = Url::parse(&parts.uri.to_string());
        let url = url.map_err(|error| HttpError::new(HttpErrorKind::Unknown, error))?;
        let reads_object = parts.method == Method::GET && url.query().is_none();
        let mut request = Request::new(parts.method, url);
        *request.headers_mut() = parts.headers;
        *request.body_mut() = Some(Body::wrap(body));
        let response = self.0.send(request).await.map_err(http_error)?;
        let body = if reads_object && response.status.is_success() {
            response.body
        } else {
            response
                .body
                .with_limit(CONTROL_BYTES)
                .map_err(http_error)?
        };
        let mut answer = HttpResponse::new(HttpResponseBody::new(body.map_err(http_error)));
        *answer.status_mut() = response.status;
        *answer.headers_mut() = response.headers;
        Ok(answer)
    }
}

/// Converts an error. The kind decides whether `object_store` retries.
fn http_error(error: Error) -> HttpError {
    let kind = match error {
        Error::Resolve | Error::Connect(_) => HttpErrorKind::Connect,
        Error::Timeout => HttpErrorKind::Timeout,
        Error::Interrupted => HttpErrorKind::Interrupted,
        Error::BodyTooLarge(_) | Error::InvalidResponse => HttpErrorKind::Decode,
        _ => HttpErrorKind::Unknown,
    };
    HttpError::new(kind, error)
}
