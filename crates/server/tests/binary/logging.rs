use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio_tungstenite::connect_async;
use tokio_tungstenite::tungstenite::Message;

use crate::harness::{Server, client, get};

/// A word in message contents, which must not be logged.
const CANARY: &str = "canary-7f3a";

#[tokio::test]
async fn the_log_is_json_and_holds_no_content_and_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let verbose = [("CAAS_LOG", "debug"), ("CAAS_LOG_JSON", "true")];
    let server = Server::start_as(folder.path(), &["--listen", "127.0.0.1:0"], &verbose).await;
    let key = server.announced["demo"]["api_key"]
        .as_str()
        .unwrap()
        .to_owned();
    let message = |body: Value| {
        let post = client()
            .post(server.url("/v1/conversations/ext:welcome/messages"))
            .json(&body);
        post.bearer_auth(&key)
            .header("caas-user", "ext:alice")
            .send()
    };
    assert_eq!(
        message(json!({"content": CANARY})).await.unwrap().status(),
        201
    );
    assert_eq!(
        message(json!({"content": CANARY, "type": 7}))
            .await
            .unwrap()
            .status(),
        400
    );
    let refused = get(server.url("/v1/users")).await;
    let request_id = refused.headers()["request-id"].to_str().unwrap().to_owned();
    let log = server.stop_and_read_log().await;
    assert!(
        log.lines()
            .all(|line| serde_json::from_str::<Value>(line).is_ok()),
        "{log}"
    );
    assert!(
        log.contains(&request_id),
        "the refusal can be found by its id: {log}"
    );
    for secret in [CANARY, &key] {
        assert!(!log.contains(secret), "{secret} was logged: {log}");
    }
}

/// At `trace`, the libraries `tungstenite` and `hyper` log frames and request heads.
#[tokio::test]
async fn the_finest_log_holds_no_credentials_and_no_frames() {
    for level in [
        "trace",
        "trace,tungstenite=trace,tokio_tungstenite=trace,hyper=trace",
    ] {
        let folder = tempfile::tempdir().unwrap();
        let verbose = [("CAAS_LOG", level), ("CAAS_LOG_JSON", "1")];
        let server = Server::start_as(folder.path(), &["--listen", "127.0.0.1:0"], &verbose).await;
        let key = server.announced["demo"]["api_key"]
            .as_str()
            .unwrap()
            .to_owned();
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
        let token = signed_in["users"][0]["token"].as_str().unwrap().to_owned();
        let (mut socket, _) = connect_async(server.url("/v1/realtime").replace("http", "ws"))
            .await
            .unwrap();
        let hello = json!({"t": "hello", "token": token, "cursors": {}});
        socket.send(Message::text(hello.to_string())).await.unwrap();
        assert!(
            socket
                .next()
                .await
                .unwrap()
                .unwrap()
                .to_text()
                .unwrap()
                .contains("ready")
        );
        socket
            .send(Message::text(
                json!({"t": "ping", "ref": CANARY}).to_string(),
            ))
            .await
            .unwrap();
        socket.next().await.unwrap().unwrap();
        let users = client().get(server.url("/v1/users")).bearer_auth(&key);
        assert_eq!(users.send().await.unwrap().status(), 200);
        drop(socket);
        let log = server.stop_and_read_log().await;
        assert!(log.contains("\"level\""), "{log}");
        for secret in [CANARY, &key, &token] {
            assert!(
                !log.contains(secret),
                "{secret} was logged at {level}: {log}"
            );
        }
    }
}
