use std::net::SocketAddr;
use std::sync::Arc;

use outbound::{Error, Options, read_certificates};
use rcgen::{CertifiedKey, KeyPair, generate_simple_self_signed};
use rustls::ServerConfig;
use rustls::crypto::ring::default_provider;
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::peer::{client, configured, get};

fn certificate(host: &str) -> CertifiedKey<KeyPair> {
    generate_simple_self_signed([host.to_owned()]).unwrap()
}

/// Serves one response over TLS.
async fn serve(certificate: &CertifiedKey<KeyPair>) -> SocketAddr {
    let key = certificate.signing_key.serialize_der().try_into().unwrap();
    let config = ServerConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_no_client_auth()
        .with_single_cert(vec![certificate.cert.der().clone()], key)
        .unwrap();
    let acceptor = TlsAcceptor::from(Arc::new(config));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move {
        let (connection, _) = listener.accept().await.unwrap();
        let Ok(mut connection) = acceptor.accept(connection).await else {
            return;
        };
        let mut head = [0; 1024];
        let _ = connection.read(&mut head).await;
        let _ = connection
            .write_all(b"HTTP/1.1 204 No Content\r\n\r\n")
            .await;
        let _ = connection.shutdown().await;
    });
    address
}

fn trusting(certificate: &CertifiedKey<KeyPair>, address: SocketAddr) -> Options {
    let pem = certificate.cert.pem();
    Options {
        certificates: read_certificates(pem.as_bytes()).unwrap(),
        ..configured(format!("localhost:{}", address.port()))
    }
}

#[tokio::test]
async fn added_certificate_is_trusted() {
    let certificate = certificate("localhost");
    let address = serve(&certificate).await;
    let client = client(trusting(&certificate, address));
    let url = format!("https://localhost:{}/", address.port());
    let response = client.send(get(url)).await.unwrap();
    assert_eq!(response.status.as_u16(), 204);
}

#[tokio::test]
async fn certificate_that_is_not_trusted_is_rejected() {
    let address = serve(&certificate("localhost")).await;
    let client = client(configured(format!("localhost:{}", address.port())));
    let url = format!("https://localhost:{}/", address.port());
    let error = client.send(get(url)).await.unwrap_err();
    assert!(matches!(&error, Error::Tls(_)), "{error:?}");
    assert!(!error.is_transient());
}

#[tokio::test]
async fn certificate_of_another_host_is_rejected() {
    let certificate = certificate("other.example");
    let address = serve(&certificate).await;
    let client = client(trusting(&certificate, address));
    let url = format!("https://localhost:{}/", address.port());
    let error = client.send(get(url)).await.unwrap_err();
    assert!(matches!(&error, Error::Tls(_)), "{error:?}");
}
