//! Malformed requests, sent byte by byte.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::time::Duration;

use crate::harness::Server;

/// Read timeout, longer than any response takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// Sends bytes on a new connection and reads until the server closes it.
fn exchange(server: &Server, request: &[u8]) -> String {
    let mut stream = TcpStream::connect(
        server
            .url("")
            .trim_start_matches("http://")
            .trim_end_matches('/'),
    )
    .unwrap();
    stream.set_read_timeout(Some(PATIENCE)).unwrap();
    stream.write_all(request).unwrap();
    let mut response = String::new();
    stream.read_to_string(&mut response).unwrap();
    response
}

fn assert_problem(response: &str, status: u16, code: &str, header: &str) {
    let head = response
        .split("\r\n\r\n")
        .next()
        .unwrap_or_default()
        .to_ascii_lowercase();
    assert!(
        response.starts_with(&format!("HTTP/1.1 {status} ")),
        "{response}"
    );
    assert!(
        head.contains("content-type: application/problem+json"),
        "{response}"
    );
    assert!(
        response.contains(&format!("\"code\":\"{code}\"")),
        "{response}"
    );
    assert!(head.contains(header), "{response}");
}

#[tokio::test]
async fn malformed_requests_are_rejected_and_their_connections_closed_politely() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    let close = "connection: close";
    for hosts in ["", "host: a\r\nhost: b\r\n", "host: a b\r\n"] {
        let request = format!("GET /v1/limits HTTP/1.1\r\n{hosts}connection: close\r\n\r\n");
        assert_problem(
            &exchange(&server, request.as_bytes()),
            400,
            "invalid_request",
            close,
        );
    }
    let chunked =
        "POST /v1/users HTTP/1.1\r\nhost: a\r\ntransfer-encoding: chunked\r\n\r\nnonsense\r\n";
    assert_problem(
        &exchange(&server, chunked.as_bytes()),
        401,
        "unauthenticated",
        close,
    );
    // More than the server reads of the body, and more than the socket buffers hold.
    let long = format!(
        "POST /v1/users HTTP/1.1\r\nhost: a\r\ncontent-length: {}\r\n\r\n",
        8 << 20
    );
    let long = [long.as_bytes(), &vec![b' '; 8 << 20]].concat();
    assert_problem(&exchange(&server, &long), 401, "unauthenticated", close);
    // A client that sends `expect: 100-continue` sends no body before the server asks for it.
    let polite =
        "POST /v1/users HTTP/1.1\r\nhost: a\r\nexpect: 100-continue\r\ncontent-length: 9\r\n\r\n";
    assert_problem(
        &exchange(&server, polite.as_bytes()),
        401,
        "unauthenticated",
        close,
    );
}

#[tokio::test]
async fn a_request_that_opens_no_websocket_is_told_how() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &["--no-demo"]).await;
    let ask = |headers: &str| {
        exchange(
            &server,
            format!("GET /v1/realtime HTTP/1.1\r\nhost: a\r\n{headers}\r\n").as_bytes(),
        )
    };
    let upgrade = "upgrade: websocket\r\nconnection: upgrade, close\r\nsec-websocket-key: dGhlIHNhbXBsZSBub25jZQ==\r\n";
    for headers in [
        "connection: close\r\n".to_owned(),
        format!("{upgrade}sec-websocket-version: 8\r\n"),
    ] {
        assert_problem(
            &ask(&headers),
            426,
            "upgrade_required",
            "sec-websocket-version: 13",
        );
    }
    let keyless =
        "upgrade: websocket\r\nconnection: upgrade, close\r\nsec-websocket-version: 13\r\n";
    assert_problem(&ask(keyless), 400, "invalid_request", "content-type");
    let twice = format!(
        "origin: https://a.example\r\norigin: https://b.example\r\n{upgrade}sec-websocket-version: 13\r\n"
    );
    assert_problem(&ask(&twice), 400, "invalid_request", "content-type");
}
