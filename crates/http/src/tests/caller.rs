//! Authentication, authorization, rate limits and common headers.

use super::app::TestApp;
use axum::http::StatusCode;
use base::limit;
use serde_json::json;

#[tokio::test]
async fn request_without_valid_credential_returns_401() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let last = if acme.key.ends_with('A') { 'B' } else { 'A' };
    let damaged = format!("Bearer {}{last}", &acme.key[..acme.key.len() - 1]);
    for credential in [
        "",
        "Bearer",
        "Bearer x",
        "Basic eDp5",
        "Bearer caas_sk_x",
        "Bearer a.b.c",
        &damaged,
    ] {
        let response = app
            .call("GET", "/v1/users")
            .header("authorization", credential)
            .send()
            .await;
        assert_eq!(
            response.problem(),
            (401, "unauthenticated", "-"),
            "{credential}"
        );
        assert_eq!(response.headers["www-authenticate"], "Bearer");
    }
    let twice = app
        .as_key(&acme, "GET", "/v1/users")
        .header("authorization", "Bearer x")
        .send()
        .await;
    assert_eq!(twice.problem(), (400, "invalid_request", "authorization"));
}

#[tokio::test]
async fn head_returns_headers_of_get_without_body() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let get = app.as_key(&acme, "GET", "/v1/users").send().await;
    let head = app.as_key(&acme, "HEAD", "/v1/users").send().await;
    assert_eq!(
        (head.status, &head.headers["content-type"]),
        (get.status, &get.headers["content-type"])
    );
    assert_eq!(head.body, json!(null));
    let unknown = app.call("HEAD", "/v1/users").send().await;
    assert_eq!(
        (unknown.status, &unknown.body),
        (StatusCode::UNAUTHORIZED, &json!(null))
    );
    assert!(unknown.headers["content-length"] != "0");
}

#[tokio::test]
async fn api_key_is_limited_to_its_scopes() {
    let app = TestApp::new();
    let acme = app.tenant_with("Acme", &[], &["users:read"]).await;
    assert_eq!(
        app.as_key(&acme, "GET", "/v1/users").send().await.status,
        StatusCode::OK
    );
    let call = app.as_key(&acme, "POST", "/v1/users");
    let response = call.json(&json!({ "external_id": "ada" })).await;
    assert_eq!(response.problem(), (403, "scope_missing", "-"));
    let unknown_user = app
        .as_key(&acme, "GET", "/v1/users")
        .header("caas-user", "ext:unknown")
        .send()
        .await;
    assert_eq!(unknown_user.problem(), (404, "user_not_found", "-"));
}

#[tokio::test]
async fn user_token_acts_as_its_user_until_revoked() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let minted = app
        .as_key(&acme, "POST", "/v1/users/ext:ada/tokens")
        .send()
        .await;
    assert_eq!(minted.status, StatusCode::CREATED, "{minted:?}");
    let bearer = format!("Bearer {}", minted.text("/token"));
    let call = |method: &str, path: &str| app.call(method, path).header("authorization", &bearer);
    assert_eq!(
        call("GET", "/v1/conversations").send().await.status,
        StatusCode::OK
    );
    assert_eq!(
        call("GET", "/v1/users").send().await.problem(),
        (403, "forbidden", "-")
    );
    let other = call("GET", "/v1/conversations")
        .header("caas-user", "ext:ada")
        .send()
        .await;
    assert_eq!(other.problem(), (403, "forbidden", "-"));
    let named = call("PATCH", "/v1/users/ext:ada")
        .json(&json!({ "name": "Ada" }))
        .await;
    assert_eq!(named.text("/name"), "Ada");
    let promoted = call("PATCH", "/v1/users/ext:ada")
        .json(&json!({ "role": "admin" }))
        .await;
    assert_eq!(promoted.problem(), (403, "forbidden", "-"));

    app.clock.advance(1_000);
    let revoked = app
        .as_key(&acme, "POST", "/v1/users/ext:ada/tokens/revoke")
        .send()
        .await;
    assert_eq!(revoked.status, StatusCode::OK);
    assert_eq!(revoked.text("/usable_from"), "2026-01-31T09:01:02.000Z");
    assert_eq!(
        call("GET", "/v1/conversations").send().await.problem(),
        (401, "credential_revoked", "-")
    );
}

#[tokio::test]
async fn deactivated_user_is_rejected_until_reactivated() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let set_status = async |action: &str| {
        app.as_key(&acme, "POST", &format!("/v1/users/ext:ada/{action}"))
            .send()
            .await
    };
    assert_eq!(set_status("deactivate").await.body["is_active"], false);
    let list = async || {
        app.as_user(&acme, "ada", "GET", "/v1/conversations")
            .send()
            .await
    };
    assert_eq!(list().await.problem(), (403, "user_deactivated", "-"));
    assert_eq!(set_status("reactivate").await.body["is_active"], true);
    assert_eq!(list().await.status, StatusCode::OK);
}

#[tokio::test]
async fn origin_must_be_listed_by_the_application() {
    let app = TestApp::new();
    let acme = app
        .tenant_with("Acme", &["https://app.example"], &["*"])
        .await;
    let from = async |origin: &str| {
        app.as_key(&acme, "GET", "/v1/users")
            .header("origin", origin)
            .send()
            .await
    };
    let response = from("https://app.example").await;
    assert_eq!(
        (
            response.status,
            &response.headers["access-control-allow-origin"]
        ),
        (StatusCode::OK, &"*".parse().unwrap())
    );
    assert_eq!(
        from("https://evil.example").await.problem(),
        (403, "origin_not_allowed", "-")
    );
    assert_eq!(
        app.as_key(&acme, "GET", "/v1/users").send().await.status,
        StatusCode::OK
    );

    let preflight = app
        .call("OPTIONS", "/v1/users")
        .header("origin", "https://evil.example");
    let preflight = preflight
        .header("access-control-request-method", "POST")
        .send()
        .await;
    assert_eq!(preflight.status, StatusCode::NO_CONTENT);
    assert!(
        !preflight
            .headers
            .contains_key("access-control-allow-credentials")
    );
}

#[tokio::test]
async fn response_has_the_common_headers() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    let response = app
        .as_key(&acme, "GET", "/v1/users")
        .header("request-id", "client-id")
        .send()
        .await;
    let header = |name: &str| response.headers[name].to_str().unwrap();
    assert!(header("request-id").starts_with("req_"));
    assert_eq!(header("cache-control"), "no-store");
    assert_eq!(header("x-content-type-options"), "nosniff");
    assert_eq!(header("ratelimit-policy"), "\"tenant\";q=100000;w=10");
    assert_eq!(header("ratelimit"), "\"tenant\";r=99999;t=1");
    assert_eq!(
        app.call("GET", "/v1/nothing").send().await.problem(),
        (404, "route_not_found", "-")
    );
    let method = app.call("DELETE", "/v1/users").send().await;
    assert_eq!(method.problem(), (405, "method_not_allowed", "-"));
    assert_eq!(method.headers["allow"], "GET,HEAD,POST");
}

#[tokio::test]
async fn user_above_rate_limit_gets_429_with_retry_after() {
    let app = TestApp::new();
    let acme = app.tenant("Acme").await;
    app.create_users(&acme, &["ada"]).await;
    let get_unread = async || app.as_user(&acme, "ada", "GET", "/v1/unread").send().await;
    for _ in 0..limit::USER_REQUESTS_PER_SECOND * limit::REQUESTS_BURST_SECONDS {
        assert_eq!(get_unread().await.status, StatusCode::OK);
    }
    let rejected = get_unread().await;
    assert_eq!(rejected.problem(), (429, "rate_limited", "-"));
    assert_eq!(rejected.headers["retry-after"], "1");
    app.clock.advance(1_000);
    assert_eq!(get_unread().await.status, StatusCode::OK);
}

#[tokio::test]
async fn public_operations_need_no_credential() {
    let app = TestApp::new();
    for path in [
        "/healthz",
        "/readyz",
        "/v1/limits",
        "/openapi.json",
        "/docs",
    ] {
        assert_eq!(
            app.call("GET", path).send().await.status,
            StatusCode::OK,
            "{path}"
        );
    }
    let limits = app.call("GET", "/v1/limits").send().await;
    assert_eq!(
        limits.body["data"].as_array().unwrap().len(),
        base::LIMITS.len()
    );
}
