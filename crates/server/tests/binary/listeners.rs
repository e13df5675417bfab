use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::path::Path;
use std::time::Duration;

use rustix::process::Signal;

use crate::harness::{Server, caas, caas_in, client, client_that_trusts, get};

#[tokio::test]
async fn an_open_address_without_tls_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    let refused = caas(&[
        "--listen",
        "0.0.0.0:0",
        "--data-dir",
        folder.path().to_str().unwrap(),
    ])
    .await;
    assert!(!refused.success);
    assert!(
        refused.stderr.contains("--behind-proxy"),
        "{}",
        refused.stderr
    );
    assert!(
        !folder.path().join("lock").exists(),
        "the store was opened before the refusal"
    );
}

/// Writes a new certificate and its key into the directory and returns the certificate.
fn certify(folder: &Path) -> String {
    let made = rcgen::generate_simple_self_signed(vec!["127.0.0.1".to_owned()]).unwrap();
    std::fs::write(folder.join("key.pem"), made.signing_key.serialize_pem()).unwrap();
    std::fs::write(folder.join("cert.pem"), made.cert.pem()).unwrap();
    made.cert.pem()
}

async fn start_with_tls(folder: &Path) -> Server {
    let [cert, key] =
        ["cert.pem", "key.pem"].map(|name| folder.join(name).to_str().unwrap().to_owned());
    Server::start(
        &folder.join("data"),
        &["--no-demo", "--tls-cert", &cert, "--tls-key", &key],
    )
    .await
}

/// Returns whether a new connection is served with this certificate.
async fn shows(server: &Server, certificate: &str) -> bool {
    client_that_trusts(certificate)
        .get(server.url("/healthz"))
        .send()
        .await
        .is_ok()
}

/// Waits until a new connection is served with this certificate; returns false after ten seconds.
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
    assert!(
        shows(&server, &third).await,
        "an unusable certificate changes nothing"
    );
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
    for (arguments, bounded) in [
        (&[][..], true),
        (&["--trusted-proxies", "127.0.0.1"], false),
    ] {
        let folder = tempfile::tempdir().unwrap();
        let arguments = [&["--no-demo", "--listen", "127.0.0.1:0"], arguments].concat();
        let server = Server::start_as(
            folder.path(),
            &arguments,
            &[("CAAS_CONNECTIONS_PER_ADDRESS", "3")],
        )
        .await;
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
    assert!(
        server
            .log()
            .contains("too low for the configured connections"),
        "{}",
        server.log()
    );
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
    let answered = client_that_trusts(&trusted)
        .get(server.url("/healthz"))
        .send()
        .await
        .unwrap();
    assert!(answered.status().is_success());
    assert_eq!(
        answered.headers()["strict-transport-security"],
        "max-age=31536000"
    );
    assert!(
        client().get(server.url("/healthz")).send().await.is_err(),
        "nobody vouched for the certificate"
    );
}

#[tokio::test]
async fn a_file_that_is_no_certificate_is_named() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("cert.pem");
    std::fs::write(&file, "no certificate").unwrap();
    let path = file.to_str().unwrap();
    let data = folder.path().join("data");
    let refused = caas(&[
        "--tls-cert",
        path,
        "--tls-key",
        path,
        "--data-dir",
        data.to_str().unwrap(),
    ])
    .await;
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
        stream
            .write_all(b"GET /healthz HTTP/1.1\r\nhost: caas\r\n\r\n")
            .unwrap();
        stream
    };
    let answered = |mut stream: &TcpStream| stream.read(&mut [0; 1024]).unwrap() > 0;
    let first = ask();
    assert!(
        answered(&first),
        "the first connection is answered, and stays open"
    );
    let second = ask();
    let page = get(server.admin_url("/metrics"))
        .await
        .text()
        .await
        .unwrap();
    assert!(
        page.contains("caas_connections 2"),
        "only the first and the operator's are open: {page}"
    );
    drop(first);
    assert!(
        answered(&second),
        "the second one takes the place of the first"
    );
}

/// Sends unauthenticated requests with this header and returns their statuses.
async fn statuses(server: &Server, count: usize, header: (&str, &str)) -> Vec<u16> {
    let mut statuses = Vec::new();
    for _ in 0..count {
        let request = client()
            .get(server.url("/v1/unread"))
            .header(header.0, header.1);
        statuses.push(request.send().await.unwrap().status().as_u16());
    }
    statuses
}

/// Limit of one request per second and address, which permits a burst of ten.
const ONE_A_SECOND: (&str, &str) = ("CAAS_ADDRESS_REQUESTS", "1");

#[tokio::test]
async fn client_behind_a_trusted_proxy_is_counted_by_its_own_address() {
    let folder = tempfile::tempdir().unwrap();
    let listen = [
        "--no-demo",
        "--listen",
        "127.0.0.1:0",
        "--behind-proxy",
        "--trusted-proxies",
        "127.0.0.1/32,::1",
    ];
    let server = Server::start_as(folder.path(), &listen, &[ONE_A_SECOND]).await;
    let spoofed = statuses(&server, 30, ("x-forwarded-for", "9.9.9.9, 192.0.2.1")).await;
    assert_eq!(spoofed[..10], [401; 10]);
    assert!(spoofed.contains(&429), "{spoofed:?}");
    assert_eq!(
        statuses(&server, 1, ("forwarded", "for=192.0.2.2")).await,
        [401]
    );
    assert!(
        !server.log().contains("trusted_proxies"),
        "{}",
        server.log()
    );
}

#[tokio::test]
async fn nothing_is_bounded_by_address_behind_an_unknown_proxy_and_the_start_warns() {
    let folder = tempfile::tempdir().unwrap();
    let listen = ["--no-demo", "--listen", "127.0.0.1:0", "--behind-proxy"];
    let server = Server::start_as(folder.path(), &listen, &[ONE_A_SECOND]).await;
    assert_eq!(
        statuses(&server, 30, ("x-forwarded-for", "192.0.2.1")).await,
        [401; 30]
    );
    assert!(
        server.log().contains("limits per address do not apply"),
        "{}",
        server.log()
    );
}

#[tokio::test]
async fn client_is_counted_by_the_address_of_its_proxy_header() {
    let folder = tempfile::tempdir().unwrap();
    let listen = ["--no-demo", "--listen", "127.0.0.1:0", "--proxy-protocol"];
    let server = Server::start_as(folder.path(), &listen, &[ONE_A_SECOND]).await;
    let address = server.url("").replace("http://", "");
    let ask = |header: &str| {
        let mut stream = TcpStream::connect(&address).unwrap();
        let request = "GET /v1/unread HTTP/1.1\r\nhost: caas\r\nconnection: close\r\n\r\n";
        stream
            .write_all(format!("{header}{request}").as_bytes())
            .unwrap();
        let mut answer = String::new();
        // A connection that is closed with unread bytes is reset.
        let _ = stream.read_to_string(&mut answer);
        answer.get(9..12).unwrap_or_default().to_owned()
    };
    let first = "PROXY TCP4 192.0.2.1 10.0.0.1 56324 8080\r\n";
    let answers: Vec<_> = (0..30).map(|_| ask(first)).collect();
    assert!(
        answers[..10].iter().all(|status| status == "401"),
        "{answers:?}"
    );
    assert!(answers.contains(&"429".to_owned()), "{answers:?}");
    assert_eq!(ask("PROXY TCP6 2001:db8::1 ::1 1 2\r\n"), "401");
    assert_eq!(ask(""), "", "a connection without a header is closed");
}
