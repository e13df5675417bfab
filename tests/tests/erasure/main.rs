//! A user is erased: others see them go at once, no word of theirs is left,
//! and whoever does not concern it notices nothing.

#![cfg(test)]

mod beside;
mod export;
mod holds;
mod kills;
mod many;
mod nodes;
mod retention;
mod words;

use std::time::{Duration, Instant};

use serde_json::{Value, json};
use testkit::{Person, Tenant};

/// A word that stands in everything that is the user's own.
const CANARY: &str = "kanarienvogel";

/// How long an erasure may take before a test gives up.
const PATIENCE: Duration = Duration::from_secs(90);

testkit::stories! {
    /// Carol is erased while she is connected.
    async fn an_erased_user_leaves_no_word(world: World) {
        let mut world = world;
        let carol = carol(&world.tenant).await;
        let group = world.tenant.group(&[&carol, &world.alice]).await;
        live(&carol, &group, &world.alice).await;
        let (mut alice, connected) = (world.alice.socket().await, carol.socket().await);
        let erasure = erase(&world.tenant, &carol).await;
        let closed = connected.closed().await;
        assert_eq!((closed.code, closed.reason.as_str()), (Some(4003), "user_deactivated"));
        assert_eq!(alice.wait_for("participant.removed").await["data"]["participant"]["user"], json!({"id": carol.id, "external_id": carol.external_id}));
        assert_eq!(alice.wait_for("user.erased").await["data"], json!({"conversation_id": group, "user_id": carol.id}));
        let done = finished(&world.tenant, &erasure).await;
        assert!(removed(&done, "users") == 1 && removed(&done, "conversations") == 1, "{done}");
        for (collection, documents) in [("profiles", 1), ("preferences", 1), ("app_data", 1), ("user_quotas", 2)] {
            assert_eq!(removed(&done, collection), documents, "{collection}: {done}");
        }
        assert!(carol.api.get("/v1/conversations").await.status >= 401, "her token opens nothing");
        let log = world.alice.log(&group, 0).await;
        assert!(log.iter().map(|record| record["seq"].as_i64()).eq((1..=log.len()).map(|seq| i64::try_from(seq).ok())));
        assert_eq!(words::left(&mut world.caas, CANARY).await, [""; 0]);
        let anew = world.tenant.person(&carol.external_id).await;
        assert_ne!(anew.id, carol.id, "the external id is free");
    }

    /// Nobody else's: a stranger's erasure is not there.
    async fn an_erasure_is_its_tenants(world: World) {
        let carol = carol(&world.tenant).await;
        let erasure = erase(&world.tenant, &carol).await;
        let told = world.other_tenant.api.get(&format!("/v1/erasures/{erasure}")).await;
        assert_eq!((told.status, &told.body["code"]), (404, &json!("erasure_not_found")));
        finished(&world.tenant, &erasure).await;
        let again = world.tenant.api.post(&format!("/v1/users/{}/erasure", carol.id), json!({})).await;
        assert_eq!((again.status, &again.body["code"]), (404, &json!("user_not_found")));
    }
}

/// A user with a word in every field.
async fn carol(tenant: &Tenant) -> Person {
    let carol = tenant.person(&format!("{CANARY}-id")).await;
    let named = json!({
        "name": format!("{CANARY} name"), "email": format!("{CANARY}@example.com"),
        "avatar_url": format!("https://example.com/{CANARY}"), "metadata": {"note": CANARY},
    });
    drop(tenant.api.patch(&format!("/v1/users/{}", carol.id), named).await.expect(200));
    carol
}

/// Writes, edits, reacts and reads, and speaks with herself.
async fn live(carol: &Person, group: &str, alice: &Person) {
    let message = json!({
        "content": format!("{CANARY} text"), "client_message_id": format!("{CANARY}-1"), "metadata": {"note": CANARY},
        "attachments": [{"type": "file", "url": format!("https://example.com/{CANARY}"), "name": CANARY}],
    });
    let said = carol.api.post(&format!("/v1/conversations/{group}/messages"), message).await.expect(201);
    let id = said["id"].as_str().expect("an id").to_owned();
    drop(
        carol.api.patch(&format!("/v1/messages/{id}"), json!({"content": format!("{CANARY} again")})).await.expect(200),
    );
    let heard = alice.say(group, "hello").await;
    let reaction = format!("/v1/messages/{}/reactions/:{CANARY}:", heard["id"].as_str().expect("an id"));
    assert!(carol.api.put(&reaction).await.status < 300);
    drop(carol.api.post(&format!("/v1/conversations/{group}/read"), json!({"seq": heard["seq"]})).await.expect(200));
    let notes = json!({"type": "group", "name": "notes", "participants": []});
    let notes = carol.api.post("/v1/conversations", notes).await.expect(201);
    carol.say(notes["id"].as_str().expect("an id"), &format!("{CANARY} note")).await;
    settle(carol).await;
}

/// Fills her profile, her preferences and an app.
async fn settle(carol: &Person) {
    let user = format!("/v1/users/{}", carol.id);
    let profile = json!({"bio": CANARY, "avatar_thumbnail_url": format!("https://example.com/{CANARY}"), "metadata": {"note": CANARY}});
    drop(carol.api.patch(&format!("{user}/profile"), profile).await.expect(200));
    let preferences =
        json!({"dashboard": {"favorite_apps": [CANARY]}, "widgets": {"customizations": {CANARY: CANARY}}});
    drop(carol.api.patch(&format!("{user}/preferences"), preferences).await.expect(200));
    let kept = json!({"data_key": CANARY, "value": {CANARY: CANARY}});
    drop(carol.api.post(&format!("{user}/apps/{CANARY}/data"), kept).await.expect(201));
}

async fn erase(tenant: &Tenant, person: &Person) -> String {
    let begun = tenant.api.post(&format!("/v1/users/{}/erasure", person.id), json!({})).await.expect(202);
    begun["id"].as_str().expect("an id").to_owned()
}

/// The erasure once it is done.
async fn finished(tenant: &Tenant, erasure: &str) -> Value {
    let begun = Instant::now();
    loop {
        let told = tenant.api.get(&format!("/v1/erasures/{erasure}")).await.expect(200);
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
