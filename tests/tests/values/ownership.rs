//! The owners of a conversation.

use serde_json::json;
use testkit::{TestUser, World};

testkit::stories!(a_conversation_keeps_an_owner, an_erased_owner_is_replaced,);

/// The last owner cannot leave or be demoted. If a server removes them, another one is chosen.
async fn a_conversation_keeps_an_owner(world: World) {
    let tenant = &world.tenant;
    let carol = tenant.person("carol").await;
    let people = json!([world.bob.id, carol.id]);
    let begun = json!({"type": "group", "name": "ours", "participants": people});
    let group = world
        .alice
        .api
        .post("/v1/conversations", begun)
        .await
        .expect(201);
    let group = format!("/v1/conversations/{}", group["id"].as_str().expect("an id"));
    let part = |person: &TestUser| format!("{group}/participants/{}", person.id);
    world
        .alice
        .api
        .post(&format!("{group}/leave"), json!({}))
        .await
        .refuses(409, "last_owner");
    world
        .alice
        .api
        .delete(&part(&world.alice))
        .await
        .refuses(409, "last_owner");
    world
        .alice
        .api
        .patch(&part(&world.alice), json!({"role": "member"}))
        .await
        .refuses(409, "last_owner");
    drop(
        world
            .alice
            .api
            .patch(&part(&carol), json!({"role": "admin"}))
            .await
            .expect(200),
    );
    assert_eq!(tenant.api.delete(&part(&world.alice)).await.status, 204);
    assert_eq!(
        owners(tenant, &group).await,
        std::slice::from_ref(&carol.id)
    );
    assert_eq!(
        tenant
            .api
            .delete(&format!("/v1/users/{}", carol.id))
            .await
            .status,
        204
    );
    assert_eq!(
        owners(tenant, &group).await,
        std::slice::from_ref(&world.bob.id)
    );
}

/// The removal and the new owner are records that the remaining users receive.
async fn an_erased_owner_is_replaced(world: World) {
    let tenant = &world.tenant;
    let begun = json!({"type": "group", "name": "others", "participants": [world.bob.id]});
    let others = world
        .alice
        .api
        .post("/v1/conversations", begun)
        .await
        .expect(201);
    let others = format!(
        "/v1/conversations/{}",
        others["id"].as_str().expect("an id")
    );
    let erasure = tenant
        .api
        .post(&format!("/v1/users/{}/erasure", world.alice.id), json!({}))
        .await;
    assert!(matches!(erasure.status, 200..=202), "{}", erasure.text);
    let mut socket = world.bob.socket().await;
    while owners(tenant, &others).await != [world.bob.id.as_str()] {
        drop(socket.ask(json!({"t": "ping", "ref": "p"})).await);
    }
}

async fn owners(tenant: &testkit::Tenant, conversation: &str) -> Vec<String> {
    let page = tenant
        .api
        .get(&format!("{conversation}/participants"))
        .await
        .expect(200);
    let owners = page["data"]
        .as_array()
        .expect("a page")
        .iter()
        .filter(|part| part["role"] == "owner");
    owners
        .map(|part| part["user"]["id"].as_str().expect("an id").to_owned())
        .collect()
}
