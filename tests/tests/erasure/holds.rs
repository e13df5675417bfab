use reqwest::Method;
use serde_json::json;

use super::{carol, erase, finished};

testkit::stories! {
    /// A hold on the tenant, on her conversation or on herself keeps carol.
    async fn a_legal_hold_refuses_an_erasure(world: World) {
        let carol = carol(&world.tenant).await;
        let group = world.tenant.group(&[&carol, &world.alice]).await;
        let api = &world.tenant.api;
        let subjects = [String::new(), format!("/conversations/{group}"), format!("/users/{}", carol.id)];
        for subject in subjects {
            let path = format!("/v1{subject}/retention");
            let put = async |body| drop(api.call(Method::PUT, &path, Some(body)).await.expect(200));
            put(json!({"legal_hold": true})).await;
            assert_eq!(api.get(&path).await.expect(200)["legal_hold"], true);
            let refused = api.post(&format!("/v1/users/{}/erasure", carol.id), json!({})).await;
            assert_eq!((refused.status, &refused.body["code"]), (409, &json!("legal_hold")), "{subject}");
            put(json!({})).await;
        }
        let erasure = erase(&world.tenant, &carol).await;
        finished(&world.tenant, &erasure).await;
    }

    /// The operator's command begins the same.
    async fn an_operator_erases_a_user(world: World) {
        let carol = carol(&world.tenant).await;
        let name = format!("ext:{}", carol.external_id);
        let begun = world.caas.command(&["user", "erase", "--tenant", &world.tenant.id, "--user", &name]).await;
        let begun = begun.expect("it is carried out");
        assert_eq!(begun["user_id"], json!(carol.id));
        if world.caas.home().mongodb().is_some() {
            // A command is a process of its own there, and the server looks now and then only.
            return;
        }
        finished(&world.tenant, begun["id"].as_str().expect("an id")).await;
    }
}
