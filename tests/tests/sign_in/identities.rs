//! Addresses, external identities and guests.

use reqwest::Method;
use serde_json::{Value, json};
use testkit::World;

use crate::support::{PASSWORD, SignedIn, account, attempt, code_of, mail, open, sign_in};
use crate::{keys, rejected};

testkit::stories!(
    an_identity_belongs_to_one_user,
    a_new_address_is_confirmed_and_the_old_one_informed,
    a_guest_has_a_session_only,
);

async fn an_identity_belongs_to_one_user(world: World) {
    let server = &world.tenant.api;
    let path = format!("/v1/users/{}/identities/valu", world.alice.id);
    let identity = json!({"subject": "v-1"});
    let put = |path: String, body: &Value| {
        let body = Some(body.clone());
        async move { server.call(Method::PUT, &path, body).await }
    };
    drop(put(path.clone(), &identity).await.expect(201));
    drop(put(path.clone(), &identity).await.expect(200));
    let others = format!("/v1/users/{}/identities/valu", world.bob.id);
    put(others, &identity).await.refuses(409, "identity_taken");
    let found = async |query: &str| {
        let page = server.get(&format!("/v1/users?{query}")).await.expect(200);
        page["data"].as_array().map(Vec::len)
    };
    assert_eq!(found("provider=valu&subject=v-1").await, Some(1));
    assert_eq!(
        found("provider=valu&subject=v-1&email=eve@example.com").await,
        Some(0)
    );
    assert_eq!(found("provider=merkos&subject=v-1").await, Some(0));
    let foreign = &world.other_tenant.api;
    let page = foreign
        .get("/v1/users?provider=valu&subject=v-1")
        .await
        .expect(200);
    assert_eq!(page["data"], json!([]));
    let own = format!("/v1/users/{}/identities", world.alice.id);
    assert_eq!(
        world.alice.api.get(&own).await.expect(200)["data"][0]["provider"],
        "valu"
    );
    world.bob.api.get(&own).await.refuses(403, "forbidden");
    assert_eq!(server.delete(&path).await.status, 204);
    server
        .delete(&path)
        .await
        .refuses(404, "identity_not_found");
}

async fn a_new_address_is_confirmed_and_the_old_one_informed(world: World) {
    open(&world).await;
    let ada = account(&world, "ada@example.com").await;
    let eve = account(&world, "eve@example.com").await;
    let path = format!("/v1/users/{}/email", ada.user);
    let new = json!({"email": "ada@example.org"});
    let foreign = eve.api.post(&path, new.clone()).await;
    foreign.refuses(403, "forbidden");
    let minted = world
        .alice
        .api
        .post(&format!("/v1/users/{}/email", world.alice.id), new.clone())
        .await;
    minted.refuses(403, "reauthentication_needed");
    let flow = ada.api.post(&path, new).await.expect(202);
    let taken = json!({"email": "eve@example.com"});
    let taken = ada.api.post(&path, taken).await.expect(202);
    assert_eq!(keys(&taken), keys(&flow));
    let code = code_of(&mail(&world, "ada@example.org", "Confirm your address").await);
    let verify = format!("{path}/verify");
    let others = json!({"flow": taken["flow"], "code": code});
    ada.api
        .post(&verify, others)
        .await
        .refuses(403, "code_invalid");
    let own = json!({"flow": flow["flow"], "code": code});
    let user = ada.api.post(&verify, own).await.expect(200);
    assert_eq!(
        (&user["email"], &user["email_verified"]),
        (&json!("ada@example.org"), &json!(true))
    );
    mail(&world, "ada@example.com", "was changed").await;
    attempt(&world, "ada@example.com", PASSWORD, None)
        .await
        .refuses(401, "invalid_credentials");
    drop(sign_in(&world, "ada@example.org", None).await);
    // An address that a server sets is not verified.
    let path = format!("/v1/users/{}", ada.user);
    let set = json!({"email": "ada@example.net"});
    let user = world.tenant.api.patch(&path, set).await.expect(200);
    assert_eq!(user["email_verified"], false);
}

async fn a_guest_has_a_session_only(world: World) {
    open(&world).await;
    let visitor = &world.tenant.visitor;
    let new = json!({"name": "Guest"});
    visitor
        .post("/v1/auth/guest", new.clone())
        .await
        .refuses(403, "sign_up_disabled");
    let settings = json!({"guests": true});
    drop(
        world
            .tenant
            .api
            .patch("/v1/settings", settings)
            .await
            .expect(200),
    );
    let tokens = visitor.post("/v1/auth/guest", new).await.expect(201);
    assert_eq!(tokens["user"]["role"], "client");
    let guest = SignedIn::of(&world, &tokens);
    assert_eq!(guest.answer().await.0, 200);
    assert_eq!(
        guest.api.post("/v1/auth/sign-out", json!({})).await.status,
        204
    );
    assert_eq!(guest.answer().await, rejected(401, "credential_revoked"));
}
