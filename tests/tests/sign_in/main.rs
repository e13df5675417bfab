//! Accounts of users who sign in here: sign-up, passwords, codes, sessions and identities.

#![cfg(test)]

mod identities;
mod nodes;
mod smtp;
mod support;

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use testkit::socket::Socket;
use testkit::{World, eventually};

use support::{
    PASSWORD, SignedIn, account, attempt, code_of, mail, open, refresh, refresh_code, sign_in,
};

testkit::stories!(
    an_account_is_created_with_a_verified_address,
    a_refresh_token_has_one_successor,
    sessions_end_by_their_user,
    sessions_end_by_the_server,
    a_code_signs_in_and_resets_the_password,
    failures_delay_and_reveal_nothing,
);

fn rejected(status: u16, code: &str) -> (u16, String) {
    (status, code.to_owned())
}

/// Nothing exists before the code of the mail is entered; the sign-in is recorded.
async fn an_account_is_created_with_a_verified_address(world: World) {
    let visitor = &world.tenant.visitor;
    let email = "ada@example.com";
    let new = json!({"email": email, "password": PASSWORD, "name": "Ada"});
    let closed = visitor.post("/v1/auth/sign-up", new.clone()).await;
    closed.refuses(403, "sign_in_disabled");
    open(&world).await;
    let weak = json!({"email": email, "password": "unbelievable"});
    let weak = visitor.post("/v1/auth/sign-up", weak).await;
    weak.refuses(422, "weak_password");
    let flow = visitor
        .post("/v1/auth/sign-up", new.clone())
        .await
        .expect(202);
    let code = code_of(&mail(&world, email, "Your code").await);
    let found = async || {
        let path = format!("/v1/users?email={email}");
        world.tenant.api.get(&path).await.expect(200)["data"].clone()
    };
    assert_eq!(found().await, json!([]));
    let wrong = json!({"flow": flow["flow"], "code": "00000000"});
    visitor
        .post("/v1/auth/verify", wrong)
        .await
        .refuses(403, "code_invalid");
    let given = json!({
        "flow": flow["flow"], "code": code, "device": {"device_id": "phone", "name": "My phone"},
    });
    let tokens = visitor
        .post("/v1/auth/verify", given.clone())
        .await
        .expect(200);
    visitor
        .post("/v1/auth/verify", given)
        .await
        .refuses(403, "code_invalid");
    let ada = SignedIn::of(&world, &tokens);
    assert_eq!(tokens["user"]["email_verified"], true);
    assert_eq!(found().await[0]["id"], ada.user.as_str());
    assert_eq!(ada.answer().await.0, 200);
    let path = format!("/v1/users/{}/sessions", ada.user);
    let sessions = ada.api.get(&path).await.expect(200);
    assert_eq!(sessions["data"][0]["id"], ada.session.as_str());
    assert_eq!(sessions["data"][0]["device_id"], "phone");
    assert_eq!(sessions["data"][0]["is_current"], true);
    recorded(&world, &ada).await;
    // The address has an account now: the answer is the same, and nothing can be verified.
    let again = visitor.post("/v1/auth/sign-up", new).await.expect(202);
    assert_eq!(keys(&again), keys(&flow));
    mail(&world, email, "already have an account").await;
    // Another tenant does not accept the flow, the user or the tokens.
    let other = &world.other_tenant.visitor;
    let given = json!({"refresh_token": ada.refresh});
    other
        .post("/v1/auth/refresh", given)
        .await
        .refuses(403, "sign_in_disabled");
    let stranger = &world.stranger_from_other_tenant.api;
    stranger.get(&path).await.refuses(404, "user_not_found");
    // The publishable key permits nothing else.
    visitor
        .get("/v1/unread")
        .await
        .refuses(401, "unauthenticated");
}

fn keys(value: &Value) -> Vec<&String> {
    value.as_object().expect("an object").keys().collect()
}

/// The sign-in is an activity and an analytics event of the session.
async fn recorded(world: &World, ada: &SignedIn) {
    let path = format!("/v1/users/{}/activities", ada.user);
    let activities = world.tenant.api.get(&path).await.expect(200);
    let activity = &activities["data"][0];
    assert_eq!(activity["event_type"], "login");
    assert_eq!(activity["session_id"], ada.session.as_str());
    let path = format!("/v1/analytics/events?session_id={}", ada.session);
    eventually("the event is recorded", async || {
        let events = world.tenant.api.get(&path).await.expect(200);
        events["data"][0]["name"] == "login" && events["data"][0]["category"] == "engagement"
    })
    .await;
    let user = world
        .tenant
        .api
        .get(&format!("/v1/users/{}", ada.user))
        .await;
    assert!(user.expect(200)["last_login_at"].is_string());
}

/// A race returns one successor; a token from before that ends the session and its connections.
async fn a_refresh_token_has_one_successor(world: World) {
    open(&world).await;
    let ada = account(&world, "ada@example.com").await;
    let answers = join_all((0..50).map(|_| refresh(&world, &ada.refresh))).await;
    let mut tokens: Vec<_> = answers
        .into_iter()
        .map(|answer| SignedIn::of(&world, &answer.expect(200)))
        .collect();
    tokens.dedup_by(|one, other| one.refresh == other.refresh);
    assert_eq!(tokens.len(), 1);
    assert_eq!(tokens[0].session, ada.session);
    let next = SignedIn::of(
        &world,
        &refresh(&world, &tokens[0].refresh).await.expect(200),
    );
    let forged = next.refresh.replacen("AAAA", "AAAB", 1);
    assert_eq!(
        refresh_code(&world, &forged).await,
        rejected(401, "refresh_token_invalid")
    );
    assert_eq!(next.answer().await.0, 200);
    let socket = Socket::open(&world.server.url(), &next.access).await;
    let reused = refresh_code(&world, &ada.refresh).await;
    assert_eq!(reused, rejected(401, "refresh_token_reused"));
    assert_eq!(socket.closed().await.code, Some(4003));
    assert_eq!(next.answer().await, rejected(401, "credential_revoked"));
    let ended = refresh_code(&world, &next.refresh).await;
    assert_eq!(ended, rejected(401, "refresh_token_invalid"));
}

/// Asserts that a session has ended: its socket, its access token and its refresh token.
async fn assert_ended(world: &World, signed_in: &SignedIn, socket: Socket, why: &str) {
    assert_eq!(socket.closed().await.code, Some(4003), "{why}");
    assert_ne!(signed_in.answer().await.0, 200, "{why}");
    assert_ne!(
        refresh(world, &signed_in.refresh).await.status,
        200,
        "{why}"
    );
}

async fn sessions_end_by_their_user(world: World) {
    open(&world).await;
    let email = "ada@example.com";
    let first = account(&world, email).await;
    let user = first.user.clone();
    let url = world.server.url();

    let phone = sign_in(&world, email, Some("phone")).await;
    let socket = Socket::open(&url, &phone.access).await;
    drop(phone.api.post("/v1/auth/sign-out", json!({})).await);
    assert_ended(&world, &phone, socket, "sign-out").await;
    assert_eq!(first.answer().await.0, 200);

    let phone = sign_in(&world, email, Some("phone")).await;
    let socket = Socket::open(&url, &phone.access).await;
    let path = format!("/v1/users/{user}/sessions/{}", phone.session);
    assert_eq!(first.api.delete(&path).await.status, 204);
    assert_ended(&world, &phone, socket, "revocation").await;
    first
        .api
        .delete(&path)
        .await
        .refuses(404, "session_not_found");

    let phone = sign_in(&world, email, Some("phone")).await;
    let path = format!("/v1/users/{user}/devices/phone");
    let device = json!({"platform": "ios"});
    drop(
        phone
            .api
            .call(Method::PUT, &path, Some(device))
            .await
            .expect(201),
    );
    let socket = Socket::open(&url, &phone.access).await;
    assert_eq!(phone.api.delete(&path).await.status, 204);
    assert_ended(&world, &phone, socket, "removal of the device").await;

    let other = sign_in(&world, email, None).await;
    let socket = Socket::open(&url, &other.access).await;
    let path = format!("/v1/users/{user}/password");
    let wrong = json!({"current_password": "another phrase", "password": "nine quiet looms"});
    let wrong = first.api.call(Method::PUT, &path, Some(wrong)).await;
    wrong.refuses(401, "invalid_credentials");
    let change = json!({"current_password": PASSWORD, "password": "nine quiet looms"});
    assert_eq!(
        first
            .api
            .call(Method::PUT, &path, Some(change))
            .await
            .status,
        204
    );
    assert_ended(&world, &other, socket, "change of the password").await;
    assert_eq!(first.answer().await.0, 200);
    mail(&world, email, "was changed").await;
    attempt(&world, email, PASSWORD, None)
        .await
        .refuses(401, "invalid_credentials");
}

async fn sessions_end_by_the_server(world: World) {
    open(&world).await;
    let email = "ada@example.com";
    let first = account(&world, email).await;
    let user = first.user.clone();
    let url = world.server.url();
    let server = &world.tenant.api;

    let socket = Socket::open(&url, &first.access).await;
    let path = format!("/v1/users/{user}/deactivate");
    drop(server.post(&path, json!({})).await.expect(200));
    assert_ended(&world, &first, socket, "deactivation").await;
    let path = format!("/v1/users/{user}/reactivate");
    drop(server.post(&path, json!({})).await.expect(200));
    assert_eq!(first.answer().await, rejected(401, "credential_revoked"));

    let change = json!({"password": PASSWORD});
    let path = format!("/v1/users/{user}/password");
    assert_eq!(
        server.call(Method::PUT, &path, Some(change)).await.status,
        204
    );
    let last = sign_in(&world, email, None).await;
    let socket = Socket::open(&url, &last.access).await;
    let path = format!("/v1/users/{user}/tokens/revoke");
    drop(server.post(&path, json!({})).await.expect(200));
    assert_ended(&world, &last, socket, "revocation of the tokens").await;

    let last = sign_in(&world, email, None).await;
    let socket = Socket::open(&url, &last.access).await;
    let path = format!("/v1/users/{user}/erasure");
    drop(server.post(&path, json!({})).await.expect(202));
    assert_ended(&world, &last, socket, "erasure").await;
}

async fn a_code_signs_in_and_resets_the_password(world: World) {
    open(&world).await;
    let visitor = &world.tenant.visitor;
    let email = "ada@example.com";
    let ada = account(&world, email).await;
    let known = visitor
        .post("/v1/auth/recover", json!({"email": email}))
        .await
        .expect(202);
    let unknown = json!({"email": "unknown@example.com"});
    let unknown = visitor.post("/v1/auth/recover", unknown).await.expect(202);
    assert_eq!(keys(&known), keys(&unknown));
    let code = code_of(&mail(&world, email, "Reset your password").await);
    let reset =
        |flow: &Value| json!({"flow": flow["flow"], "code": code, "password": "nine quiet looms"});
    let stolen = visitor
        .post("/v1/auth/reset-password", reset(&unknown))
        .await;
    stolen.refuses(403, "code_invalid");
    let tokens = visitor
        .post("/v1/auth/reset-password", reset(&known))
        .await
        .expect(200);
    assert_eq!(SignedIn::of(&world, &tokens).answer().await.0, 200);
    assert_eq!(ada.answer().await, rejected(401, "credential_revoked"));
    mail(&world, email, "was changed").await;
    let german = json!({"email": email, "language": "de"});
    let flow = visitor.post("/v1/auth/code", german).await.expect(202);
    visitor
        .post("/v1/auth/resend", json!({"flow": flow["flow"]}))
        .await
        .refuses(429, "rate_limited");
    let code = code_of(&mail(&world, email, "Ihr Code").await);
    for _ in 0..5 {
        let wrong = json!({"flow": flow["flow"], "code": "00000000"});
        visitor
            .post("/v1/auth/verify", wrong)
            .await
            .refuses(403, "code_invalid");
    }
    let late = json!({"flow": flow["flow"], "code": code});
    visitor
        .post("/v1/auth/verify", late)
        .await
        .refuses(403, "code_invalid");
}

/// Wrong passwords and unknown addresses get the same answer and the same delay.
async fn failures_delay_and_reveal_nothing(world: World) {
    open(&world).await;
    let email = "ada@example.com";
    drop(account(&world, email).await);
    let phone = sign_in(&world, email, Some("phone")).await;
    for address in [email, "unknown@example.com"] {
        for _ in 0..5 {
            let answer = attempt(&world, address, "a wrong password", None).await;
            answer.refuses(401, "invalid_credentials");
        }
        let answer = attempt(&world, address, "a wrong password", None).await;
        assert!(answer.header("retry-after").is_some());
        answer.refuses(429, "rate_limited");
    }
    assert_eq!(phone.answer().await.0, 200);
    // The device on which the user is signed in is exempt.
    drop(sign_in(&world, email, Some("phone")).await);
    let path = "/v1/activities?event_type=failed_login";
    let failed = world.tenant.api.get(path).await.expect(200);
    assert_eq!(failed["data"].as_array().map(Vec::len), Some(5));
}
