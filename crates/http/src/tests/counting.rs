//! Costs of requests in the rate limits, also of rejected ones.

use std::net::{IpAddr, Ipv4Addr};

use axum::body::Body;
use axum::http::StatusCode;
use base::{ClientAddress, limit};
use serde_json::json;

use super::app::{Call, TestApp, TestResponse, TestTenant};

const BURST: usize = limit::ADDRESS_REQUESTS_PER_SECOND * limit::REQUESTS_BURST_SECONDS;

fn address(last: u8) -> ClientAddress {
    ClientAddress::new(IpAddr::V4(Ipv4Addr::new(192, 0, 2, last)))
}

/// Returns the remaining requests of the tenant after one more request.
async fn remaining(app: &TestApp, tenant: &TestTenant) -> i64 {
    let response = app.as_key(tenant, "GET", "/v1/settings").send().await;
    let header = response.headers["ratelimit"].to_str().unwrap();
    header
        .split(';')
        .find_map(|part| part.strip_prefix("r="))
        .unwrap()
        .parse()
        .unwrap()
}

/// Returns the response of a request and its cost for the tenant.
async fn cost(
    app: &TestApp,
    tenant: &TestTenant,
    call: impl AsyncFnOnce() -> TestResponse,
) -> (TestResponse, i64) {
    let before = remaining(app, tenant).await;
    let response = call().await;
    (response, before - remaining(app, tenant).await - 1)
}

#[tokio::test]
async fn rejected_request_of_an_authenticated_tenant_is_counted() {
    let app = TestApp::new();
    let acme = app
        .tenant_with(
            "Acme",
            &["https://app.example"],
            &["users:read", "settings:read"],
        )
        .await;
    let call = |method: &str, path: &str| app.as_key(&acme, method, path);
    let rejected: Vec<(Call<'_>, u16)> = vec![
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
    for (call, status) in rejected {
        let (response, cost) = cost(&app, &acme, async || call.send().await).await;
        assert_eq!(
            (response.status.as_u16(), cost),
            (status, 1),
            "{response:?}"
        );
    }
}

#[tokio::test]
async fn large_request_counts_as_several() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let large = vec![b' '; 160 * 1024];
    let post = || {
        app.as_key(&acme, "POST", "/v1/users")
            .header("content-type", "application/json")
    };
    let announced = post().header("content-length", &large.len().to_string());
    let (response, announced) =
        cost(&app, &acme, async || announced.raw(large.clone()).await).await;
    assert_eq!((response.status, announced), (StatusCode::BAD_REQUEST, 11));
    let (response, streamed) =
        cost(&app, &acme, async || post().body(Body::from(large)).await).await;
    assert_eq!((response.status, streamed), (StatusCode::BAD_REQUEST, 11));
    let events: Vec<_> = (0..200)
        .map(|at| json!({"event_id": at.to_string(), "name": "seen", "category": "engagement"}))
        .collect();
    let call = app.as_key(&acme, "POST", "/v1/analytics/events/batch");
    let (response, events) = cost(&app, &acme, async || {
        call.json(&json!({ "events": events })).await
    })
    .await;
    assert_eq!((response.status, events), (StatusCode::OK, 21));
    let users: Vec<_> = (0..30)
        .map(|at| json!({"external_id": format!("user{at}")}))
        .collect();
    let call = app.as_key(&acme, "POST", "/v1/users/batch");
    let (response, users) = cost(&app, &acme, async || {
        call.json(&json!({ "users": users })).await
    })
    .await;
    assert_eq!((response.status, users), (StatusCode::OK, 30));
}

#[tokio::test]
async fn discarded_page_counts_by_its_bytes() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let group = app.create_group(&acme, &["ada"]).await;
    let text = "\u{6d77}".repeat(limit::MESSAGE_CHARACTERS);
    for _ in 0..40 {
        app.send_text(&acme, "ada", &group, &text).await;
    }
    let page = app.as_key(
        &acme,
        "GET",
        &format!("/v1/conversations/{group}/messages?limit=40"),
    );
    let (response, cost) = cost(&app, &acme, async || page.send().await).await;
    assert_eq!(response.body["data"].as_array().unwrap().len(), 17);
    assert_eq!(cost, 1 + 40 * 60_300 / 16_384);
}

#[tokio::test]
async fn client_without_a_valid_credential_is_counted_by_its_address() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let from = |last: u8, method: &str, path: &str| app.call(method, path).from(address(last));
    let paths = ["/v1/users", "/v1/nothing", "/v1/limits", "/openapi.json"];
    for at in 0..BURST {
        let call = from(1, "GET", paths[at % paths.len()]).header("authorization", "Bearer x");
        assert_ne!(
            call.send().await.status,
            StatusCode::TOO_MANY_REQUESTS,
            "{at}"
        );
    }
    let rejected = from(1, "GET", "/v1/users")
        .header("authorization", "Bearer x")
        .send()
        .await;
    assert_eq!(rejected.problem(), (429, "rate_limited", "-"));
    assert_eq!(rejected.headers["retry-after"], "1");
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
        let response = from(3, "GET", "/v1/settings")
            .header("authorization", &good)
            .send()
            .await;
        assert_eq!(
            response.status,
            StatusCode::OK,
            "a valid credential is not counted by address"
        );
    }
    app.clock.advance(1_000);
    assert_eq!(
        from(1, "GET", "/v1/users").send().await.problem(),
        (401, "unauthenticated", "-")
    );
}
