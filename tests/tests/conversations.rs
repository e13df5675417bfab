//! The list of a tenant's conversations.

#![cfg(test)]

use serde_json::{Value, json};
use testkit::World;
use testkit::api::Client;

testkit::stories_on_all_tiers!(server_lists_conversations_of_the_tenant_only);

/// The server lists by creation, type, external id and participant; users only get their own list.
async fn server_lists_conversations_of_the_tenant_only(world: World) {
    let tenant = &world.tenant;
    let participants = [&world.alice.id, &world.bob.id];
    let direct = tenant
        .conversation(json!({"type": "direct", "participants": participants}))
        .await;
    let order = async |name: &str| {
        let order = json!({"type": "group", "external_id": name, "participants": [world.alice.id]});
        tenant.conversation(order).await
    };
    let second = order("order-2").await;
    let first = order("order-1").await;
    let [direct, first, second] = [&*direct, &*first, &*second];
    let theirs = json!({"type": "group", "external_id": "order-3"});
    world.other_tenant.conversation(theirs).await;
    let last = world.alice.say(direct, "hello").await["id"].clone();

    let server = &tenant.api;
    assert_eq!(list(server, "").await, [first, second, direct]);
    assert_eq!(
        list(server, "direction=backward").await,
        [direct, second, first]
    );
    assert_eq!(list(server, "type=group").await, [first, second]);
    assert_eq!(list(server, "type=channel").await, [""; 0]);
    assert_eq!(
        list(server, "external_id_prefix=order-").await,
        [first, second]
    );
    let of_alice = [direct, first, second];
    assert_eq!(list(server, "participant=ext:alice").await, of_alice);
    let of_bob = server
        .get(&format!("/v1/conversations?participant={}", world.bob.id))
        .await
        .expect(200);
    assert_eq!(of_bob["data"][0]["last_message"]["id"], last);
    assert!(of_bob["data"][0].get("my").is_none(), "{of_bob}");

    assert_eq!(list(&world.alice.api, "").await, of_alice);
    assert_eq!(list(&server.acting_as(&world.bob.id), "").await, [direct]);
    rejects_other_lists(&world).await;
}

/// Filters of users, two filters, foreign participants and cursors of other lists are rejected.
async fn rejects_other_lists(world: &World) {
    let server = &world.tenant.api;
    let get = async |client: &Client, query: &str| {
        client.get(&format!("/v1/conversations?{query}")).await
    };
    get(&world.alice.api, "type=group")
        .await
        .refuses(400, "invalid_request");
    get(&server.acting_as("ext:alice"), "participant=ext:bob")
        .await
        .refuses(400, "invalid_request");
    get(server, "type=group&external_id_prefix=order-")
        .await
        .refuses(400, "invalid_request");
    get(server, "external_id_prefix=")
        .await
        .refuses(400, "invalid_request");
    let stranger = &world.stranger_from_other_tenant.id;
    get(server, &format!("participant={stranger}"))
        .await
        .refuses(404, "user_not_found");
    let page = get(server, "type=group&limit=1").await.expect(200);
    let cursor = page["next_cursor"].as_str().expect("a second page");
    get(server, &format!("cursor={cursor}"))
        .await
        .refuses(400, "invalid_cursor");
}

/// Returns the ids of a list that is read in pages of one.
async fn list(client: &Client, query: &str) -> Vec<String> {
    let mut ids = Vec::new();
    let mut cursor = String::new();
    loop {
        let path = format!("/v1/conversations?limit=1&{query}{cursor}");
        let page = client.get(&path).await.expect(200);
        let data = page["data"].as_array().expect("a page");
        ids.extend(
            data.iter()
                .filter_map(|entry| entry["id"].as_str())
                .map(str::to_owned),
        );
        match &page["next_cursor"] {
            Value::String(next) => cursor = format!("&cursor={next}"),
            _ => return ids,
        }
    }
}
