//! What surrounds a request holds whatever happens inside.

use std::future::pending;

use axum::Router;
use axum::body::{Body, Bytes};
use axum::http::{Request, StatusCode};
use axum::routing::get;
use base::limit;
use futures_util::stream;
use tower::ServiceExt;

use super::world::World;

/// Routes of another floor that behave badly.
fn bad_routes() -> Router {
    let panics = get(async || -> StatusCode { panic!("a handler's bug") });
    let hangs = get(async || pending::<StatusCode>().await);
    Router::new()
        .route("/panics", panics)
        .route("/hangs", hangs)
}

#[tokio::test]
async fn a_panic_is_a_500_and_the_server_goes_on() {
    let world = World::with(bad_routes());
    let answer = world.call("GET", "/panics").send().await;
    assert_eq!(answer.problem(), (500, "internal", "-"));
    assert!(!answer.text("/detail").contains("bug"));
    assert_eq!(
        world.call("GET", "/healthz").send().await.status,
        StatusCode::OK
    );
}

#[tokio::test(start_paused = true)]
async fn a_request_that_hangs_is_ended() {
    let world = World::with(bad_routes());
    let answer = world.call("GET", "/hangs").send().await;
    assert_eq!(answer.problem(), (503, "unavailable", "-"));
    assert_eq!(answer.headers["retry-after"], "1");
}

#[tokio::test(start_paused = true)]
async fn a_body_that_never_comes_is_not_waited_for() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let endless = Body::from_stream(stream::pending::<Result<Bytes, std::io::Error>>());
    let call = world
        .as_key(&acme, "POST", "/v1/users")
        .header("content-type", "application/json");
    assert_eq!(
        call.body(endless).await.problem(),
        (408, "request_timeout", "-")
    );
}

/// A body that ends with what is no chunk.
fn broken_body() -> Body {
    Body::from_stream(stream::iter([
        Ok(Bytes::from_static(b"{")),
        Err(std::io::Error::other("no chunk")),
    ]))
}

#[tokio::test]
async fn a_body_that_breaks_off_is_a_400_and_ends_the_connection() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let call = world
        .as_key(&acme, "POST", "/v1/users")
        .header("content-type", "application/json");
    let answer = call.body(broken_body()).await;
    assert_eq!(answer.problem(), (400, "invalid_request", ""));
    assert_eq!(answer.headers["connection"], "close");
}

#[tokio::test(start_paused = true)]
async fn the_body_of_a_rejected_request_is_read_to_a_bound() {
    let world = World::new();
    let post = async |body: Body| world.call("POST", "/v1/users").body(body).await;
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
        let answer = post(body).await;
        assert_eq!(
            (answer.problem().0, &answer.headers["connection"]),
            (401, &"close".parse().unwrap())
        );
    }
}

#[tokio::test]
async fn a_request_names_its_host_once() {
    let world = World::new();
    let without = Request::get("/healthz").body(Body::empty()).unwrap();
    assert_eq!(
        world
            .router
            .clone()
            .oneshot(without)
            .await
            .unwrap()
            .status(),
        StatusCode::BAD_REQUEST
    );
    let twice = world
        .call("GET", "/healthz")
        .header("host", "other.example")
        .send()
        .await;
    assert_eq!(twice.problem(), (400, "invalid_request", "host"));
}

#[tokio::test]
async fn a_full_house_turns_the_next_one_away() {
    let world = World::with(bad_routes());
    let hang = || {
        world.router.clone().oneshot(
            Request::get("/hangs")
                .header("host", "caas.example")
                .body(Body::empty())
                .unwrap(),
        )
    };
    let mut held = Vec::new();
    for _ in 0..limit::REQUESTS_AT_ONCE {
        let mut request = Box::pin(hang());
        assert!(futures_util::poll!(&mut request).is_pending());
        held.push(request);
    }
    assert_eq!(
        world.call("GET", "/v1/limits").send().await.problem(),
        (503, "unavailable", "-")
    );
    assert_eq!(
        world.call("GET", "/healthz").send().await.status,
        StatusCode::OK
    );
    assert_eq!(
        world.call("GET", "/readyz").send().await.status,
        StatusCode::OK
    );
    held.pop();
    assert_eq!(
        world.call("GET", "/v1/limits").send().await.status,
        StatusCode::OK
    );
}
