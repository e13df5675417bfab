use reqwest::Method;
use serde_json::json;
use testkit::World;

use super::{carol, erase, finished};

testkit::stories!(
    a_legal_hold_refuses_erasures_and_deletions,
    an_operator_erases_a_user,
);

/// A hold on the tenant, the conversation or Carol prevents erasure and deletion by any caller.
///
/// This applies to a deleted conversation, too.
async fn a_legal_hold_refuses_erasures_and_deletions(world: World) {
    let carol = carol(&world.tenant).await;
    let group = world.tenant.group(&[&carol, &world.alice]).await;
    let api = &world.tenant.api;
    let message = carol.say(&group, "held").await["id"]
        .as_str()
        .expect("an id")
        .to_owned();
    let message = format!("/v1/messages/{message}");
    let conversation = format!("/v1/conversations/{group}");
    let subjects = [
        String::new(),
        format!("/conversations/{group}"),
        format!("/users/{}", carol.id),
    ];
    for subject in subjects {
        let path = format!("/v1{subject}/retention");
        let put = async |body| drop(api.call(Method::PUT, &path, Some(body)).await.expect(200));
        put(json!({"legal_hold": true})).await;
        assert_eq!(api.get(&path).await.expect(200)["legal_hold"], true);
        let refused = api
            .post(&format!("/v1/users/{}/erasure", carol.id), json!({}))
            .await;
        assert_eq!(
            (refused.status, &refused.body["code"]),
            (409, &json!("legal_hold")),
            "{subject}"
        );
        for client in [&carol.api, &world.alice.api, api] {
            let deleted = client.delete(&message).await;
            let may = client.get(&message).await.status == 200 && deleted.status != 403;
            assert!(!may || deleted.status == 409, "{subject}: {}", deleted.text);
        }
        api.delete(&conversation).await.refuses(409, "legal_hold");
        put(json!({})).await;
    }
    drop(api.delete(&conversation).await);
    api.get(&conversation)
        .await
        .refuses(404, "conversation_not_found");
    let path = format!("{conversation}/retention");
    let put = async |body| drop(api.call(Method::PUT, &path, Some(body)).await.expect(200));
    put(json!({"legal_hold": true})).await;
    assert_eq!(api.get(&path).await.expect(200)["legal_hold"], true);
    api.post(&format!("/v1/users/{}/erasure", carol.id), json!({}))
        .await
        .refuses(409, "legal_hold");
    put(json!({})).await;
    let erasure = erase(&world.tenant, &carol).await;
    finished(&world.tenant, &erasure).await;
}

/// The operator's command requests an erasure like the API.
async fn an_operator_erases_a_user(world: World) {
    let carol = carol(&world.tenant).await;
    let name = format!("ext:{}", carol.external_id);
    let begun = world
        .server
        .command(&[
            "user",
            "erase",
            "--tenant",
            &world.tenant.id,
            "--user",
            &name,
        ])
        .await;
    let begun = begun.expect("it is carried out");
    assert_eq!(begun["user_id"], json!(carol.id));
    if world.server.data_dir().mongodb().is_some() {
        // The command runs in its own process there, and the server polls at long intervals.
        return;
    }
    finished(&world.tenant, begun["id"].as_str().expect("an id")).await;
}
