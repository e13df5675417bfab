use std::sync::Arc;
use std::time::Duration;

use reqwest::{Client, Response};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

/// Timeout of a request, longer than the server's own limit.
const PATIENCE: Duration = Duration::from_mins(1);

/// Returns an HTTP client.
pub fn client() -> Client {
    build(RootCertStore::empty())
}

/// Returns an HTTP client that trusts this PEM certificate.
pub fn client_that_trusts(certificate: &str) -> Client {
    let mut roots = RootCertStore::empty();
    let certificate = CertificateDer::from_pem_slice(certificate.as_bytes()).unwrap();
    roots.add(certificate).unwrap();
    build(roots)
}

/// Sends a GET request.
pub async fn get(url: String) -> Response {
    client().get(url).send().await.unwrap()
}

#[expect(
    clippy::disallowed_methods,
    reason = "the one client of these tests, with its timeout"
)]
fn build(roots: RootCertStore) -> Client {
    let tls = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots)
        .with_no_client_auth();
    let client = Client::builder()
        .tls_backend_preconfigured(tls)
        .timeout(PATIENCE);
    client.build().unwrap()
}
