use reqwest::{Certificate, Client};

use crate::harness::{Server, caas};

#[tokio::test]
async fn an_open_address_without_tls_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = caas(&["--listen", "0.0.0.0:0", "--data-dir", folder.path().to_str().unwrap()]).await;
    assert!(!refused.success);
    assert!(refused.stderr.contains("--behind-proxy"), "{}", refused.stderr);
    assert!(!folder.path().join("lock").exists(), "the store was opened before the refusal");
}

#[tokio::test]
async fn a_listener_speaks_tls_with_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    let (cert, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
    std::fs::write(&cert, made.cert.pem()).unwrap();
    std::fs::write(&key, made.signing_key.serialize_pem()).unwrap();
    let tls = ["--no-demo", "--tls-cert", cert.to_str().unwrap(), "--tls-key", key.to_str().unwrap()];
    let server = Server::start(&folder.path().join("data"), &tls).await;
    assert!(server.url("").starts_with("https://"));
    let trusted = Certificate::from_pem(made.cert.pem().as_bytes()).unwrap();
    let client = Client::builder().add_root_certificate(trusted).build().unwrap();
    assert!(client.get(server.url("/healthz")).send().await.unwrap().status().is_success());
    assert!(reqwest::get(server.url("/healthz")).await.is_err(), "nobody vouched for the certificate");
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cert.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let (path, data) = (file.to_str().unwrap(), folder.path().join("data"));
    let refused = caas(&["--tls-cert", path, "--tls-key", path, "--data-dir", data.to_str().unwrap()]).await;
    assert!(refused.stderr.contains("cert.pem"), "{}", refused.stderr);
}
