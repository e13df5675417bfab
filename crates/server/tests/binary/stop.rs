use std::io::{Read as _, Write as _};
use std::net::TcpStream;

use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;
use tokio_tungstenite::tungstenite::protocol::frame::coding::CloseCode;

use crate::harness::{Server, client};

/// A token of one of the demo users.
async fn token(server: &Server) -> String {
    let code = server.announced["demo"]["link"].as_str().unwrap().split_once('=').unwrap().1;
    let exchange = client().post(server.url("/v1/demo/exchange")).json(&json!({ "code": code }));
    let signed_in: Value = exchange.send().await.unwrap().json().await.unwrap();
    signed_in["users"][0]["token"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn a_socket_is_told_to_come_back() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let (mut socket, _) = connect_async(server.url("/v1/realtime").replace("http", "ws")).await.unwrap();
    let hello = json!({"t": "hello", "token": token(&server).await, "cursors": {}});
    socket.send(Message::text(hello.to_string())).await.unwrap();
    let ready = socket.next().await.unwrap().unwrap();
    assert!(ready.to_text().unwrap().contains("\"ready\""), "{ready}");
    let stopped = tokio::spawn(server.stop());
    let close = loop {
        if let Message::Close(Some(close)) = socket.next().await.unwrap().unwrap() {
            break close;
        }
    };
    assert_eq!(close.code, CloseCode::Restart);
    assert!(close.reason.contains("retry_after_ms"), "{}", close.reason);
    assert!(stopped.await.unwrap());
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
    assert_eq!(&answer, b"HTTP/1.1 100 Continue\r\n\r\n", "the request is being read");
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
