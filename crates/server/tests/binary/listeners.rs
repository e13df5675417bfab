use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use crate::harness::{Server, caas, client, client_that_trusts, get};

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
    let answered = client_that_trusts(&made.cert.pem()).get(server.url("/healthz")).send().await.unwrap();
    assert!(answered.status().is_success());
    assert_eq!(answered.headers()["strict-transport-security"], "max-age=31536000");
    assert!(client().get(server.url("/healthz")).send().await.is_err(), "nobody vouched for the certificate");
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

#[tokio::test]
async fn a_connection_too_many_waits_until_another_ends() {
    let folder = tempfile::tempdir().unwrap();
    let listen = ["--no-demo", "--listen", "127.0.0.1:0"];
    let server = Server::start_as(folder.path(), &listen, &[("CAAS_CONNECTIONS", "1")]).await;
    let address = server.url("").replace("http://", "");
    let ask = || {
        let mut stream = TcpStream::connect(&address).unwrap();
        stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: caas\r\n\r\n").unwrap();
        stream
    };
    let answered = |mut stream: &TcpStream| stream.read(&mut [0; 1024]).unwrap() > 0;
    let first = ask();
    assert!(answered(&first), "the first connection is answered, and stays open");
    let second = ask();
    let page = get(server.admin_url("/metrics")).await.text().await.unwrap();
    assert!(page.contains("caas_connections 2"), "only the first and the operator's are open: {page}");
    drop(first);
    assert!(answered(&second), "the second one takes the place of the first");
}
