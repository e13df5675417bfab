use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Response};

/// Timeout of a request, longer than the server's own limit.
const PATIENCE: Duration = Duration::from_mins(1);

/// Returns an HTTP client.
pub fn client() -> Client {
    builder().build().unwrap()
}

/// Returns an HTTP client that also trusts this PEM certificate.
pub fn client_that_trusts(certificate: &str) -> Client {
    builder()
        .add_root_certificate(Certificate::from_pem(certificate.as_bytes()).unwrap())
        .build()
        .unwrap()
}

/// Sends a GET request.
pub async fn get(url: String) -> Response {
    client().get(url).send().await.unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one client of these tests, with its timeout"
)]
fn builder() -> ClientBuilder {
    Client::builder().timeout(PATIENCE)
}
