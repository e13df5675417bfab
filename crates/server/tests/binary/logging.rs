use serde_json::{Value, json};

use crate::harness::{Server, client, get};

/// A word that stands in what must not be logged, and nowhere else.
const CANARY: &str = "canary-7f3a";

#[tokio::test]
async fn the_log_is_json_and_holds_no_content_and_no_secrets() {
    let folder = tempfile::tempdir().unwrap();
    let verbose = [("CAAS_LOG", "debug"), ("CAAS_LOG_JSON", "true")];
    let server = Server::start_as(folder.path(), &["--listen", "127.0.0.1:0"], &verbose).await;
    let key = server.announced["demo"]["api_key"].as_str().unwrap().to_owned();
    let message = |body: Value| {
        let post = client().post(server.url("/v1/conversations/ext:welcome/messages")).json(&body);
        post.bearer_auth(&key).header("caas-user", "ext:alice").send()
    };
    assert_eq!(message(json!({"content": CANARY})).await.unwrap().status(), 201);
    assert_eq!(message(json!({"content": CANARY, "type": 7})).await.unwrap().status(), 400);
    let refused = get(server.url("/v1/users")).await;
    let request_id = refused.headers()["request-id"].to_str().unwrap().to_owned();
    let log = server.stop_and_read_log().await;
    assert!(log.lines().all(|line| serde_json::from_str::<Value>(line).is_ok()), "{log}");
    assert!(log.contains(&request_id), "the refusal can be found by its id: {log}");
    for secret in [CANARY, &key] {
        assert!(!log.contains(secret), "{secret} was logged: {log}");
    }
}
