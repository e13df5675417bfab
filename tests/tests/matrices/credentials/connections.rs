use reqwest::Method;
use serde_json::json;
use testkit::api::Client;
use testkit::socket::Socket;

use super::answers::Cells;
use super::credential::Credential;
use crate::tenant_fixture::TenantFixture;

/// Opens a WebSocket and an event stream with each credential and returns the results.
pub async fn of(url: &str, credentials: &[Credential]) -> Cells {
    let mut cells = Cells::new();
    for credential in credentials {
        cells.insert(
            ("/v1/realtime `hello`".to_owned(), credential.name),
            hello(url, credential).await,
        );
        cells.insert(
            ("/v1/realtime/events `GET`".to_owned(), credential.name),
            stream(url, credential).await,
        );
    }
    cells
}

/// Asserts that a WebSocket and an event stream are closed when their token expires.
///
/// Verified to fail with a stream that continued.
pub async fn end_with_their_token(url: &str, ours: &TenantFixture) {
    let path = format!("/v1/users/{}/tokens", ours.outsider.id);
    let minted = ours
        .tenant
        .api
        .post(&path, json!({"expires_in": 3}))
        .await
        .expect(201);
    let token = minted["token"].as_str().expect("a token");
    let socket = Socket::open(url, token).await;
    let request = Client::new(url)
        .bearer(token)
        .request(Method::GET, "/v1/realtime/events");
    let stream = request.send().await.expect("the stream is answered");
    assert_eq!(stream.status(), 200);
    stream.text().await.expect("the stream ends");
    let closed = socket.closed().await;
    assert_eq!(
        (closed.code, &*closed.reason),
        (Some(4001), "token_expired")
    );
}

/// Returns the type of the first frame, or the close code and its reason.
///
/// A hello has no header that names a user to act as.
async fn hello(url: &str, credential: &Credential) -> String {
    if credential.acts_as.is_some() {
        return "–".to_owned();
    }
    let mut socket = Socket::connect(url).await.expect("a connection");
    socket
        .send(json!({"t": "hello", "token": credential.bearer.as_deref().unwrap_or_default()}))
        .await;
    match socket.next().await {
        Ok(frame) => frame["t"].as_str().unwrap_or_default().to_owned(),
        Err(closed) => format!("{} {}", closed.code.unwrap_or_default(), closed.reason),
    }
}

/// Returns the status, and the error code if rejected, without waiting for events.
async fn stream(url: &str, credential: &Credential) -> String {
    let client = credential.client(url);
    let request = client.request(Method::GET, "/v1/realtime/events");
    let response = request.send().await.expect("the stream is answered");
    let status = response.status();
    let head = client.call(Method::HEAD, "/v1/realtime/events", None).await;
    assert_eq!(
        (head.status, &*head.text),
        (status.as_u16(), ""),
        "HEAD with a {}",
        credential.name
    );
    if status.is_success() {
        return status.as_u16().to_string();
    }
    let problem: serde_json::Value = response.json().await.expect("a refusal is a problem");
    format!(
        "{} {}",
        status.as_u16(),
        problem["code"].as_str().unwrap_or_default()
    )
}
