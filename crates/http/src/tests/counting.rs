//! What requests count as, also those that are refused.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::http::StatusCode;
use base::{ClientAddress, limit};
use serde_json::json;

use super::world::{Answer, Call, Company, World};

const BURST: usize = limit::ADDRESS_REQUESTS_PER_SECOND * limit::REQUESTS_BURST_SECONDS;

fn address(last: u8) -> ClientAddress {
    ClientAddress::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
}

/// What is left of the tenant's quota after one more request.
async fn left(world: &World, company: &Company) -> i64 {
    let answer = world.as_key(company, "GET", "/v1/settings").send().await;
    let header = answer.headers["ratelimit"].to_str().unwrap();
    header
        .split(';')
        .find_map(|part| part.strip_prefix("r="))
        .unwrap()
        .parse()
        .unwrap()
}

/// What a request costs the tenant.
async fn cost(
    world: &World,
    company: &Company,
    call: impl AsyncFnOnce() -> Answer,
) -> (Answer, i64) {
    let before = left(world, company).await;
    let answer = call().await;
    (answer, before - left(world, company).await - 1)
}

#[tokio::test]
async fn refused_request_of_a_known_tenant_is_counted() {
    let world = World::new();
    let acme = world
        .company_with(
            "Acme",
            &["https://app.example"],
            &["users:read", "settings:read"],
        )
        .await;
    let call = |method: &str, path: &str| world.as_key(&acme, method, path);
    let refused: Vec<(Call<'_>, u16)> = vec![
        (
            call("GET", "/v1/users/ext:ada").header("caas-user", "ext:unknown"),
            404,
        ),
        (call("DELETE", "/v1/users/ext:ada"), 403),
        (
            call("GET", "/v1/users").header("origin", "https://evil.example"),
            403,
        ),
        (call("GET", "/v1/users?limit=x"), 400),
        (call("HEAD", "/v1/users"), 200),
        (call("HEAD", "/v1/messages/000000000000000000000000"), 403),
    ];
    for (call, status) in refused {
        let (answer, cost) = cost(&world, &acme, async || call.send().await).await;
        assert_eq!((answer.status.as_u16(), cost), (status, 1), "{answer:?}");
    }
}

#[tokio::test]
async fn large_request_counts_as_several() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let large = vec![b' '; 160 * 1024];
    let post = || {
        world
            .as_key(&acme, "POST", "/v1/users")
            .header("content-type", "application/json")
    };
    let announced = post().header("content-length", &large.len().to_string());
    let (answer, announced) =
        cost(&world, &acme, async || announced.raw(large.clone()).await).await;
    assert_eq!((answer.status, announced), (StatusCode::BAD_REQUEST, 11));
    let (answer, streamed) =
        cost(&world, &acme, async || post().body(Body::from(large)).await).await;
    assert_eq!((answer.status, streamed), (StatusCode::BAD_REQUEST, 11));
    let events: Vec<_> = (0..200)
        .map(|at| json!({"event_id": at.to_string(), "name": "seen", "category": "engagement"}))
        .collect();
    let call = world.as_key(&acme, "POST", "/v1/analytics/events/batch");
    let (answer, events) = cost(&world, &acme, async || {
        call.json(&json!({ "events": events })).await
    })
    .await;
    assert_eq!((answer.status, events), (StatusCode::OK, 21));
    let users: Vec<_> = (0..30)
        .map(|at| json!({"external_id": format!("user{at}")}))
        .collect();
    let call = world.as_key(&acme, "POST", "/v1/users/batch");
    let (answer, users) = cost(&world, &acme, async || {
        call.json(&json!({ "users": users })).await
    })
    .await;
    assert_eq!((answer.status, users), (StatusCode::OK, 30));
}

#[tokio::test]
async fn page_that_is_read_in_vain_counts_by_its_bytes() {
    let world = World::new();
    let acme = world.company("Acme").await;
    world.people(&acme, &["ada"]).await;
    let group = world.group(&acme, &["ada"]).await;
    let text = "\u{6d77}".repeat(limit::MESSAGE_CHARACTERS);
    for _ in 0..40 {
        world.say(&acme, "ada", &group, &text).await;
    }
    let page = world.as_key(
        &acme,
        "GET",
        &format!("/v1/conversations/{group}/messages?limit=40"),
    );
    let (answer, cost) = cost(&world, &acme, async || page.send().await).await;
    assert_eq!(answer.body["data"].as_array().unwrap().len(), 17);
    assert_eq!(cost, 1 + 40 * 60_300 / 16_384);
}

#[tokio::test]
async fn client_without_a_valid_credential_is_counted_by_its_address() {
    let world = World::new();
    let acme = world.company("Acme").await;
    let from = |last: u8, method: &str, path: &str| world.call(method, path).from(address(last));
    let ways = ["/v1/users", "/v1/nothing", "/v1/limits", "/openapi.json"];
    for at in 0..BURST {
        let call = from(1, "GET", ways[at % ways.len()]).header("authorization", "Bearer x");
        assert_ne!(
            call.send().await.status,
            StatusCode::TOO_MANY_REQUESTS,
            "{at}"
        );
    }
    let refused = from(1, "GET", "/v1/users")
        .header("authorization", "Bearer x")
        .send()
        .await;
    assert_eq!(refused.problem(), (429, "rate_limited", "-"));
    assert_eq!(refused.headers["retry-after"], "1");
    assert_eq!(
        from(1, "GET", "/healthz").send().await.status,
        StatusCode::OK,
        "probes are not counted"
    );
    assert_eq!(
        from(2, "GET", "/v1/users").send().await.problem(),
        (401, "unauthenticated", "-")
    );
    let good = format!("Bearer {}", acme.key);
    for _ in 0..=BURST {
        let answer = from(3, "GET", "/v1/settings")
            .header("authorization", &good)
            .send()
            .await;
        assert_eq!(
            answer.status,
            StatusCode::OK,
            "a valid credential is not counted by address"
        );
    }
    world.clock.advance(1_000);
    assert_eq!(
        from(1, "GET", "/v1/users").send().await.problem(),
        (401, "unauthenticated", "-")
    );
}
