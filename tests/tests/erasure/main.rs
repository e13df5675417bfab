//! Erasure of users: others receive the removal at once, no text remains, and other users are not
//! affected.

#![cfg(test)]

mod canary;
mod export;
mod holds;
mod kills;
mod many;
mod nodes;
mod retention;
mod while_running;
mod words;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Tenant, TestUser, World};

use canary::{CANARY, carol, live};

/// How long an erasure may take.
const PATIENCE: Duration = Duration::from_secs(90);

testkit::stories!(an_erased_user_leaves_no_word, an_erasure_is_its_tenants,);

/// Carol is erased while she is connected.
async fn an_erased_user_leaves_no_word(mut world: World) {
    let carol = carol(&world.tenant).await;
    let group = world.tenant.group(&[&carol, &world.alice]).await;
    live(&carol, &group, &world.alice).await;
    let called = json!({"type": "group", "name": "ours", "participants": [world.alice.id]});
    let called = carol
        .api
        .post("/v1/conversations", called)
        .await
        .expect(201)["id"]
        .clone();
    let mut alice = world.alice.socket().await;
    let connected = carol.socket().await;
    let erasure = erase(&world.tenant, &carol).await;
    let closed = connected.closed().await;
    assert_eq!(
        (closed.code, closed.reason.as_str()),
        (Some(4003), "user_deactivated")
    );
    assert_eq!(
        alice.wait_for("participant.removed").await["data"]["participant"]["user"],
        json!({"id": carol.id, "external_id": carol.external_id})
    );
    assert_eq!(
        alice.wait_for("user.erased").await["data"],
        json!({"conversation_id": group, "user_id": carol.id})
    );
    let done = finished(&world.tenant, &erasure).await;
    assert_report(&done);
    assert!(
        carol.api.get("/v1/conversations").await.status >= 401,
        "her token opens nothing"
    );
    let log = world.alice.log(&group, 0).await;
    assert!(
        log.iter()
            .map(|record| record["seq"].as_i64())
            .eq((1..=log.len()).map(|seq| i64::try_from(seq).ok()))
    );
    let path = format!("/v1/conversations/{}", called.as_str().expect("an id"));
    assert_eq!(
        world.alice.api.get(&path).await.expect(200)["name"],
        "ours",
        "what others use stays"
    );
    assert_eq!(words::left(&mut world.server, CANARY).await, [""; 0]);
    let recreated = world.tenant.person(&carol.external_id).await;
    assert_ne!(recreated.id, carol.id, "the external id is free");
}

fn assert_report(done: &Value) {
    assert!(
        removed(done, "users") == 1 && removed(done, "conversations") == 1,
        "{done}"
    );
    for collection in [
        "profiles",
        "preferences",
        "app_data",
        "user_devices",
        "events",
    ] {
        assert_eq!(removed(done, collection), 1, "{collection}: {done}");
    }
    assert!(removed(done, "user_quotas") >= 2, "{done}");
    // Her note about Alice, and Alice's about her.
    assert_eq!(
        (
            removed(done, "user_relationships"),
            removed(done, "idempotency_keys")
        ),
        (2, 1),
        "{done}"
    );
}

/// Another tenant cannot read an erasure.
async fn an_erasure_is_its_tenants(world: World) {
    let carol = carol(&world.tenant).await;
    let erasure = erase(&world.tenant, &carol).await;
    let told = world
        .other_tenant
        .api
        .get(&format!("/v1/erasures/{erasure}"))
        .await;
    assert_eq!(
        (told.status, &told.body["code"]),
        (404, &json!("erasure_not_found"))
    );
    finished(&world.tenant, &erasure).await;
    let again = world
        .tenant
        .api
        .post(&format!("/v1/users/{}/erasure", carol.id), json!({}))
        .await;
    assert_eq!(
        (again.status, &again.body["code"]),
        (404, &json!("user_not_found"))
    );
}

async fn erase(tenant: &Tenant, person: &TestUser) -> String {
    let begun = tenant
        .api
        .post(&format!("/v1/users/{}/erasure", person.id), json!({}))
        .await
        .expect(202);
    begun["id"].as_str().expect("an id").to_owned()
}

/// Returns the erasure once it is done.
async fn finished(tenant: &Tenant, erasure: &str) -> Value {
    let begun = Instant::now();
    loop {
        let told = tenant
            .api
            .get(&format!("/v1/erasures/{erasure}"))
            .await
            .expect(200);
        if told["status"] == "done" {
            return told;
        }
        assert!(begun.elapsed() < PATIENCE, "it does not end: {told}");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

fn removed(erasure: &Value, collection: &str) -> i64 {
    let report = erasure["report"].as_array().into_iter().flatten();
    let counted = report.filter(|line| line["collection"] == collection);
    counted.filter_map(|line| line["removed"].as_i64()).sum()
}
