use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{Server, caas, caas_in, client, client_that_trusts, get};

#[tokio::test]
async fn an_open_address_without_tls_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = caas(&["--listen", "0.0.0.0:0", "--data-dir", folder.path().to_str().unwrap()]).await;
    assert!(!refused.success);
    assert!(refused.stderr.contains("--behind-proxy"), "{}", refused.stderr);
    assert!(!folder.path().join("lock").exists(), "the store was opened before the refusal");
}

/// Writes a new certificate with its key into the folder, and returns the certificate.
fn certify(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.pem()
}

async fn start_with_tls(folder: &Path) -> Server {
    let [cert, key] = ["cert.pem", "key.pem"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    Server::start(&folder.join("data"), &["--no-demo", "--tls-cert", &cert, "--tls-key", &key]).await
}

/// Whether a new connection is served under this certificate.
async fn shows(server: &Server, certificate: &str) -> bool {
    client_that_trusts(certificate).get(server.url("/healthz")).send().await.is_ok()
}

/// Waits until a new connection is served under this certificate.
async fn shows_soon(server: &Server, certificate: &str) -> bool {
    for _ in 0..200 {
        if shows(server, certificate).await {
            return true;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    false
}

#[tokio::test]
async fn a_renewed_certificate_is_used_on_a_signal_and_by_itself() {
    let folder = tempfile::tempdir().unwrap();
    let first = certify(folder.path());
    let server = start_with_tls(folder.path()).await;
    assert!(shows(&server, &first).await);
    let second = certify(folder.path());
    server.signal(Signal::HUP);
    assert!(shows_soon(&server, &second).await, "reloaded on SIGHUP");
    assert!(!shows(&server, &first).await);
    let third = certify(folder.path());
    assert!(shows_soon(&server, &third).await, "reloaded on change");
    std::fs::write(folder.path().join("cert.pem"), "no certificate").unwrap();
    server.signal(Signal::HUP);
    assert!(shows(&server, &third).await, "an unusable certificate changes nothing");
    assert!(server.stop().await);
}

#[tokio::test]
async fn a_hangup_ends_no_server() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    for _ in 0..3 {
        server.signal(Signal::HUP);
        assert!(get(server.url("/healthz")).await.status().is_success());
    }
    assert!(server.stop().await);
}

#[tokio::test]
async fn connections_of_one_address_are_bounded_and_those_of_a_trusted_proxy_are_not() {
    for (arguments, bounded) in [(&[][..], true), (&["--trusted-proxies", "127.0.0.1"], false)] {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [&["--no-demo", "--listen", "127.0.0.1:0"], arguments].concat();
        let server = Server::start_as(folder.path(), &arguments, &[("CAAS_CONNECTIONS_PER_ADDRESS", "3")]).await;
        let address = server.url("").replace("http://", "");
        let is_served = || {
            let mut stream = TcpStream::connect(&address).unwrap();
            let _ = stream.write_all(b"GET /healthz HTTP/1.1\r\nhost: caas\r\n\r\n");
            let is_served = stream.read(&mut [0; 1_024]).is_ok_and(|length| length > 0);
            (stream, is_served)
        };
        let open: Vec<_> = (0..5).map(|_| is_served()).collect();
        let served = open.iter().filter(|(_, is_served)| *is_served).count();
        assert_eq!(served, if bounded { 3 } else { 5 });
        drop(open);
        let again = (0..200).any(|_| is_served().1);
        assert!(again, "a place that is given back is taken again");
    }
}

#[tokio::test]
async fn a_low_limit_of_open_files_leaves_room_for_the_operator_and_commands() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start_with_open_files(folder.path(), 400).await;
    assert!(server.log().contains("allows fewer connections than configured"), "{}", server.log());
    let address = server.url("").replace("http://", "");
    let _open: Vec<_> = (0..250).map(|_| TcpStream::connect(&address)).collect();
    assert!(get(server.admin_url("/readyz")).await.status().is_success());
    assert!(caas_in(folder.path(), &["tenant", "list"]).await["data"].is_array());
}

#[tokio::test]
async fn a_listener_speaks_tls_with_its_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let trusted = certify(folder.path());
    let server = start_with_tls(folder.path()).await;
    assert!(server.url("").starts_with("https://"));
    let answered = client_that_trusts(&trusted).get(server.url("/healthz")).send().await.unwrap();
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
