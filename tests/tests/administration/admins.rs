use serde_json::json;
use testkit::{TestAdmin, World};

use crate::support::{anonymous, owner, text};

testkit::stories!(
    an_owner_signs_in_and_ends_sessions,
    wrong_credentials_are_rejected_and_lock_out,
    the_last_owner_stays,
    an_admin_key_acts_with_its_role,
);

/// The command line creates the first owner, who signs in, lists and ends sessions.
async fn an_owner_signs_in_and_ends_sessions(world: World) {
    let ada = owner(&world).await;
    let me = ada.api.get("/admin/v1/me").await.expect(200);
    assert_eq!(me["role"], "owner");
    assert_eq!(me["name"], "ada@example.com");
    let sessions = ada.api.get("/admin/v1/sessions").await.expect(200);
    let session = text(&sessions["data"][0]["id"]);
    assert_eq!(sessions["data"][0]["address"], "127.0.0.1");
    let bob = ada.invite(&world.server, "owner").await;
    bob.api
        .delete(&format!("/admin/v1/sessions/{session}"))
        .await
        .refuses(404, "session_not_found");
    bob.api
        .delete(&format!("/admin/v1/admins/{}/sessions/{session}", ada.id))
        .await
        .has_status(204);
    ada.api
        .get("/admin/v1/me")
        .await
        .refuses(401, "unauthenticated");
    let reset = world
        .server
        .command(&["admin", "reset", "--email", "ada@example.com"])
        .await
        .expect("a code");
    let again = TestAdmin::activate(&world.server, &ada.email, &reset["setup_code"]).await;
    assert_eq!(again.id, ada.id);
    assert_ne!(again.secret, ada.secret);
    let used = json!({"setup_code": reset["setup_code"], "password": "another long password"});
    anonymous(&world.server)
        .post("/admin/v1/setup", used)
        .await
        .refuses(401, "unauthenticated");
}

/// A wrong password, a wrong code and a code that was used get the same response; ten failures lock
/// the admin out.
async fn wrong_credentials_are_rejected_and_lock_out(world: World) {
    let ada = owner(&world).await;
    for (email, password) in [
        ("unknown@example.com", "correct horse battery staple"),
        ("ada@example.com", "wrong"),
    ] {
        TestAdmin::sign_in(&world.server, email, password, &ada.code())
            .await
            .refuses(401, "unauthenticated");
    }
    for _ in 1..10 {
        ada.repeat_sign_in(&world.server, "000000")
            .await
            .refuses(401, "unauthenticated");
    }
    let locked = ada.repeat_sign_in(&world.server, &ada.code()).await;
    assert!(locked.header("retry-after").is_some());
    locked.refuses(429, "rate_limited");
    ada.api.get("/admin/v1/me").await.has_status(200);
}

/// The last owner can neither leave nor get another role.
async fn the_last_owner_stays(world: World) {
    let ada = owner(&world).await;
    let path = format!("/admin/v1/admins/{}", ada.id);
    let demotion = json!({"role": "support"});
    ada.api
        .patch(&path, demotion.clone())
        .await
        .refuses(409, "last_owner");
    ada.api.delete(&path).await.refuses(409, "last_owner");
    let bob = ada.invite(&world.server, "owner").await;
    let demoted = ada.api.patch(&path, demotion).await.expect(200);
    assert_eq!(demoted["role"], "support");
    ada.api.delete(&path).await.refuses(403, "forbidden");
    bob.api.delete(&path).await.has_status(204);
    ada.api
        .get("/admin/v1/me")
        .await
        .refuses(401, "unauthenticated");
    let admins = bob.api.get("/admin/v1/admins").await.expect(200);
    assert_eq!(admins["data"].as_array().map(Vec::len), Some(1));
    bob.api.delete(&path).await.refuses(404, "admin_not_found");
}

/// A key acts with its role, only from its networks, until it is revoked.
async fn an_admin_key_acts_with_its_role(world: World) {
    let ada = owner(&world).await;
    let create = async |networks: &[&str]| {
        let new = json!({"name": "monitoring", "role": "read_only", "networks": networks});
        ada.api.post("/admin/v1/keys", new).await.expect(201)
    };
    let created = create(&["127.0.0.1/8"]).await;
    assert_eq!(created["networks"], json!(["127.0.0.0/8"]));
    let key = anonymous(&world.server).bearer(&text(&created["key"]));
    key.get("/admin/v1/tenants").await.has_status(200);
    let tenant = json!({"name": "x", "tier": "free"});
    key.post("/admin/v1/tenants", tenant)
        .await
        .refuses(403, "forbidden");
    key.get("/admin/v1/sessions")
        .await
        .refuses(403, "forbidden");
    let foreign = create(&["192.0.2.0/24"]).await;
    let foreign = anonymous(&world.server).bearer(&text(&foreign["key"]));
    foreign
        .get("/admin/v1/tenants")
        .await
        .refuses(403, "address_not_allowed");
    let path = format!("/admin/v1/keys/{}", text(&created["id"]));
    ada.api.delete(&path).await.has_status(200);
    key.get("/admin/v1/tenants")
        .await
        .refuses(401, "credential_revoked");
    let listed = ada.api.get("/admin/v1/keys").await.expect(200);
    assert_eq!(listed["data"][1].get("key"), None);
    assert!(listed["data"][1]["last_used_at"].is_string());
}
