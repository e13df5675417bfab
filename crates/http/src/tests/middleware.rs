//! The middleware handles panics, timeouts, invalid bodies and overload.

use std::future::pending;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use base::limit;
use futures_util::stream;
use tower::ServiceExt;

use super::app::TestApp;

/// Returns routes whose handlers panic or hang.
fn faulty_routes() -> Router {
    let panics = get(async || -> StatusCode { panic!("bug in a handler") });
    let hangs = get(async || pending::<StatusCode>().await);
    Router::new()
        .route("/panics", panics)
        .route("/hangs", hangs)
}

#[tokio::test]
async fn panic_returns_500_and_the_server_continues() {
    let app = TestApp::with_routes(faulty_routes());
    let response = app.call("GET", "/panics").send().await;
    assert_eq!(response.problem(), (500, "internal", "-"));
    assert!(!response.text("/detail").contains("bug"));
    assert_eq!(
        app.call("GET", "/healthz").send().await.status,
        StatusCode::OK
    );
}

#[tokio::test(start_paused = true)]
async fn hanging_request_times_out() {
    let app = TestApp::with_routes(faulty_routes());
    let response = app.call("GET", "/hangs").send().await;
    assert_eq!(response.problem(), (503, "unavailable", "-"));
    assert_eq!(response.headers["retry-after"], "1");
}

#[tokio::test(start_paused = true)]
async fn body_that_never_arrives_times_out() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let endless = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let call = app
        .as_key(&acme, "POST", "/v1/users")
        .header("content-type", "application/json");
    assert_eq!(
        call.body(endless).await.problem(),
        (408, "request_timeout", "-")
    );
}

/// Returns a body that ends with an error.
fn broken_body() -> Body {
    Body::from_stream(stream::iter([
        Ok(Bytes::from_static(b"{")),
        Err(std::io::Error::other("connection lost")),
    ]))
}

#[tokio::test]
async fn truncated_body_returns_400_and_closes_the_connection() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let call = app
        .as_key(&acme, "POST", "/v1/users")
        .header("content-type", "application/json");
    let response = call.body(broken_body()).await;
    assert_eq!(response.problem(), (400, "invalid_request", ""));
    assert_eq!(response.headers["connection"], "close");
}

#[tokio::test(start_paused = true)]
async fn body_of_a_rejected_request_is_read_up_to_a_limit() {
    let app = TestApp::new();
    let post = async |body: Body| app.call("POST", "/v1/users").body(body).await;
    let short = post(Body::from(vec![b' '; limit::REJECTED_BODY_BYTES])).await;
    assert_eq!(
        (short.problem().0, short.headers.get("connection")),
        (401, None)
    );
    let endless = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    for body in [
        Body::from(vec![b' '; limit::REJECTED_BODY_BYTES + 1]),
        endless,
        broken_body(),
    ] {
        let response = post(body).await;
        assert_eq!(
            (response.problem().0, &response.headers["connection"]),
            (401, &"close".parse().unwrap())
        );
    }
}

#[tokio::test]
async fn duplicate_or_missing_host_returns_400() {
    let app = TestApp::new();
    let without = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(
        app.router.clone().oneshot(without).await.unwrap().status(),
        StatusCode::BAD_REQUEST
    );
    let twice = app
        .call("GET", "/healthz")
        .header("host", "other.example")
        .send()
        .await;
    assert_eq!(twice.problem(), (400, "invalid_request", "host"));
}

#[tokio::test]
async fn request_above_the_concurrency_limit_gets_503() {
    let app = TestApp::with_routes(faulty_routes());
    let hang = || {
        app.router.clone().oneshot(
            Request::get("/hangs")
                .header("host", "caas.example")
                .body(Body::empty())
                .unwrap(),
        )
    };
    let mut pending_requests = Vec::new();
    for _ in 0..limit::REQUESTS_AT_ONCE {
        let mut request = Box::pin(hang());
        assert!(futures_util::poll!(&mut request).is_pending());
        pending_requests.push(request);
    }
    assert_eq!(
        app.call("GET", "/v1/limits").send().await.problem(),
        (503, "unavailable", "-")
    );
    assert_eq!(
        app.call("GET", "/healthz").send().await.status,
        StatusCode::OK
    );
    assert_eq!(
        app.call("GET", "/readyz").send().await.status,
        StatusCode::OK
    );
    pending_requests.pop();
    assert_eq!(
        app.call("GET", "/v1/limits").send().await.status,
        StatusCode::OK
    );
}
