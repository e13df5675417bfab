use std::fs::File;
use std::io::{PipeReader, Read as _, Write as _, pipe};
use std::net::TcpStream;
use std::process::Stdio;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};

use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::CloseFrame;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async};

use crate::harness::{Server, client, get};

/// Mints a token of a demo user.
async fn token(server: &Server) -> String {
    let code = server.announced["demo"]["link"]
        .as_str()
        .unwrap()
        .split_once('=')
        .unwrap()
        .1;
    let exchange = client()
        .post(server.url("/v1/demo/exchange"))
        .json(&json!({ "code": code }));
    let signed_in: Value = exchange.send().await.unwrap().json().await.unwrap();
    signed_in["users"][0]["token"].as_str().unwrap().to_owned()
}

type Socket = WebSocketStream<MaybeTlsStream<tokio::net::TcpStream>>;

/// Opens a WebSocket of a demo user and waits for `ready`.
async fn ready_socket(server: &Server) -> Socket {
    let (mut socket, _) = connect_async(server.url("/v1/realtime").replace("http", "ws"))
        .await
        .unwrap();
    let hello = json!({"t": "hello", "token": token(server).await, "cursors": {}});
    socket.send(Message::text(hello.to_string())).await.unwrap();
    let ready = socket.next().await.unwrap().unwrap();
    assert!(ready.to_text().unwrap().contains("\"ready\""), "{ready}");
    socket
}

/// Reads until the server closes the WebSocket.
async fn closed(mut socket: Socket) -> CloseFrame {
    loop {
        if let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() {
            return close;
        }
    }
}

#[tokio::test]
async fn a_socket_is_told_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let socket = ready_socket(&server).await;
    let stopped = tokio::spawn(server.stop());
    let close = closed(socket).await;
    assert_eq!(close.code, CloseCode::Restart);
    assert!(close.reason.contains("retry_after_ms"), "{}", close.reason);
    assert!(stopped.await.unwrap());
}

/// Log outputs that accept nothing: a full device, a pipe without a reader and a pipe that is not
/// read.
fn outputs_that_fail() -> [(&'static str, Stdio, Option<PipeReader>); 3] {
    let full = File::options().write(true).open("/dev/full").unwrap();
    let (reader, closed) = pipe().unwrap();
    drop(reader);
    let (reader, mut stuck) = pipe().unwrap();
    // The default capacity of a pipe.
    stuck.write_all(&vec![b'x'; 65_536]).unwrap();
    [
        ("full", full.into(), None),
        ("closed", closed.into(), None),
        ("stuck", stuck.into(), Some(reader)),
    ]
}

#[tokio::test]
async fn a_log_that_cannot_be_written_changes_nothing() {
    for (output, stderr, _reader) in outputs_that_fail() {
        let folder = tempfile::tempdir().unwrap();
        let server = Server::start_logging_to(folder.path(), stderr).await;
        let socket = ready_socket(&server).await;
        for _ in 0..20 {
            let refused = get(server.url("/v1/users")).await;
            assert_eq!(
                refused.status(),
                401,
                "a logged request is answered with the log {output}"
            );
        }
        let page = get(server.admin_url("/metrics"))
            .await
            .text()
            .await
            .unwrap();
        assert!(page.contains("caas_log_lines_dropped_total"), "{page}");
        let stopped = tokio::spawn(server.stop());
        assert_eq!(closed(socket).await.code, CloseCode::Restart, "{output}");
        assert!(stopped.await.unwrap(), "exit 0 with the log {output}");
    }
}

#[tokio::test]
async fn a_request_under_way_is_answered() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let address = server.url("").replace("http://", "");
    let key = server.announced["demo"]["api_key"].as_str().unwrap();
    let body = r#"{"content":"Written while the server stops"}"#;
    let head = format!(
        "POST /v1/conversations/ext:welcome/messages HTTP/1.1\r\nhost: caas\r\nauthorization: Bearer {key}\r\n\
         caas-user: ext:bob\r\ncontent-type: application/json\r\nexpect: 100-continue\r\ncontent-length: {}\r\n\r\n",
        body.len()
    );
    let mut stream = TcpStream::connect(&address).unwrap();
    stream.write_all(head.as_bytes()).unwrap();
    let mut answer = [0; 25];
    stream.read_exact(&mut answer).unwrap();
    assert_eq!(
        &answer, b"HTTP/1.1 100 Continue\r\n\r\n",
        "the request is being read"
    );
    let stopped = tokio::spawn(server.stop());
    while TcpStream::connect(&address).is_ok() {
        tokio::task::yield_now().await;
    }
    stream.write_all(body.as_bytes()).unwrap();
    let answered = tokio::task::spawn_blocking(move || {
        let mut text = String::new();
        stream.read_to_string(&mut text).map(|_| text)
    });
    let text = answered.await.unwrap().unwrap();
    assert!(text.starts_with("HTTP/1.1 201"), "{text}");
    assert!(stopped.await.unwrap());
}
