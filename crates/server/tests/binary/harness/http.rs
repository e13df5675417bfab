use std::time::Duration;

use reqwest::{Certificate, Client, ClientBuilder, Response};

/// Longer than the server's own limit of a request.
const PATIENCE: Duration = Duration::from_mins(1);

/// Somebody who calls over HTTP.
pub fn client() -> Client {
    builder().build().unwrap()
}

/// Somebody who trusts this PEM certificate too.
pub fn client_that_trusts(certificate: &str) -> Client {
    builder()
        .add_root_certificate(Certificate::from_pem(certificate.as_bytes()).unwrap())
        .build()
        .unwrap()
}

/// What a page answers.
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
