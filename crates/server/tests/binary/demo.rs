use std::time::Duration;

use reqwest::StatusCode;
use serde_json::{Value, json};
use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};

use crate::harness::{Server, client, get};

fn code(server: &Server) -> String {
    let link = server.announced["demo"]["link"].as_str().unwrap();
    link.split_once("#exchange=").unwrap().1.to_owned()
}

async fn exchange(server: &Server, code: &str) -> reqwest::Response {
    let body = json!({ "code": code });
    client()
        .post(server.url("/v1/demo/exchange"))
        .json(&body)
        .send()
        .await
        .unwrap()
}

/// Runs the printed line in a shell and returns the message that it created.
async fn run_as_printed(line: &str) -> Value {
    let output = tokio::process::Command::new("sh")
        .args(["-c", line])
        .output()
        .await
        .unwrap();
    serde_json::from_slice(&output.stdout).unwrap_or_else(|_| panic!("{output:?}"))
}

#[tokio::test]
async fn the_link_opens_the_page_as_both_users_once() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let signed_in: Value = exchange(&server, &code(&server))
        .await
        .json()
        .await
        .unwrap();
    assert_eq!(signed_in["users"][0]["user"]["external_id"], "alice");
    assert_eq!(signed_in["users"][1]["user"]["name"], "Bob");
    let token = signed_in["users"][1]["token"].as_str().unwrap();
    let mine = client()
        .get(server.url("/v1/conversations"))
        .bearer_auth(token)
        .send()
        .await
        .unwrap();
    let mine: Value = mine.json().await.unwrap();
    assert_eq!(mine["data"].as_array().unwrap().len(), 2, "{mine}");
    assert_eq!(
        exchange(&server, &code(&server)).await.status(),
        StatusCode::UNAUTHORIZED
    );
    assert_eq!(
        exchange(&server, "").await.status(),
        StatusCode::UNAUTHORIZED
    );
}

/// These requests are not authenticated, so the server waits for the bodies of a few only.
#[tokio::test]
async fn exchanges_whose_body_does_not_come_are_few_and_hold_nothing_up() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let address = server.announced["listen"]
        .as_str()
        .unwrap()
        .trim_start_matches("http://");
    let head = "POST /v1/demo/exchange HTTP/1.1\r\nhost: a\r\ncontent-length: 10\r\n\r\n";
    let mut held = Vec::new();
    let mut answer = [0; 12];
    loop {
        let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
        stream.write_all(head.as_bytes()).await.unwrap();
        // The server sends no response while it waits for the body.
        let answered =
            tokio::time::timeout(Duration::from_millis(200), stream.read_exact(&mut answer)).await;
        held.push(stream);
        assert!(held.len() < 100, "the server waits for all");
        if answered.is_ok() {
            break;
        }
    }
    assert_eq!(&answer, b"HTTP/1.1 503");
    assert_eq!(get(server.url("/healthz")).await.status(), StatusCode::OK);
    assert_eq!(get(server.url("/readyz")).await.status(), StatusCode::OK);
    drop(held);
    // The server detects the closed connections asynchronously.
    while exchange(&server, "").await.status() == StatusCode::SERVICE_UNAVAILABLE {}
}

#[tokio::test]
async fn the_curl_line_sends_a_message() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let sent = run_as_printed(server.announced["demo"]["curl"].as_str().unwrap()).await;
    assert_eq!(
        (&sent["content"], &sent["sender"]["external_id"]),
        (&json!("Hello from curl"), &json!("alice")),
        "{sent}"
    );
}

#[tokio::test]
async fn the_key_works_until_the_next_start_replaces_it() {
    let folder = tempfile::tempdir().unwrap();
    let users = async |server: &Server, key: &str| {
        client()
            .get(server.url("/v1/users"))
            .bearer_auth(key)
            .send()
            .await
            .unwrap()
            .status()
    };
    let key = |server: &Server| {
        server.announced["demo"]["api_key"]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let first = Server::start(folder.path(), &[]).await;
    let old = key(&first);
    assert_eq!(users(&first, &old).await, StatusCode::OK);
    assert!(first.stop().await);
    let second = Server::start(folder.path(), &[]).await;
    assert_eq!(users(&second, &old).await, StatusCode::UNAUTHORIZED);
    assert_eq!(users(&second, &key(&second)).await, StatusCode::OK);
}

#[tokio::test]
async fn the_page_loads_nothing_from_elsewhere_and_is_not_sent_twice() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(folder.path(), &[]).await;
    let page = get(server.url("/")).await;
    let policy = page.headers()["content-security-policy"].to_str().unwrap();
    assert!(
        policy.starts_with("default-src 'none'; script-src 'self'"),
        "{policy}"
    );
    assert_eq!(page.headers()["x-content-type-options"], "nosniff");
    let tag = page.headers()["etag"].clone();
    let again = client()
        .get(server.url("/"))
        .header("if-none-match", tag)
        .send()
        .await
        .unwrap();
    assert_eq!(again.status(), StatusCode::NOT_MODIFIED);
    for part in ["/console/app.js", "/sdk/js/src/index.js"] {
        let part = get(server.url(part)).await;
        assert_eq!(
            (part.status(), &part.headers()["content-type"]),
            (
                StatusCode::OK,
                &"text/javascript; charset=utf-8".parse().unwrap()
            )
        );
    }
}

#[tokio::test]
async fn without_the_demo_there_is_neither_page_nor_exchange() {
    let folder = tempfile::tempdir().unwrap();
    for arguments in [
        &["--no-demo"][..],
        &["--listen", "0.0.0.0:0", "--behind-proxy"],
    ] {
        let server = match arguments {
            ["--no-demo"] => Server::start(folder.path(), arguments).await,
            _ => Server::start_as(folder.path(), arguments, &[]).await,
        };
        assert_eq!(server.announced.get("demo"), None);
        let url = |path| server.url(path).replace("0.0.0.0", "127.0.0.1");
        assert_eq!(get(url("/")).await.status(), StatusCode::NOT_FOUND);
        let exchange = client()
            .post(url("/v1/demo/exchange"))
            .json(&json!({"code": ""}))
            .send()
            .await
            .unwrap();
        assert_eq!(exchange.status(), StatusCode::NOT_FOUND);
        assert!(server.stop().await);
    }
}
