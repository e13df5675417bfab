//! An integration with a client who has written through it.

use serde_json::{Value, json};
use testkit::fake_graph::{Account, now};
use testkit::{Tenant, TestUser, eventually};

const SECRET: &str = "secret-of-the-app";

/// Creates an integration and returns its id.
pub async fn create(tenant: &Tenant, phone_number: &str, name: &str) -> String {
    let new = json!({
        "platform": "whatsapp", "integration_name": name, "business_account_id": "1",
        "phone_number_id": phone_number, "access_token": "token", "app_secret": SECRET,
        "verify_token": "verify",
    });
    let created = tenant.api.post("/v1/integrations", new).await.expect(201);
    created["id"].as_str().expect("an id").to_owned()
}

/// Creates an integration and a client with two channels, the current one with notes of the owner; returns their ids and that of the current
/// channel.
pub async fn client(tenant: &Tenant, owner: &TestUser, name: &str) -> [String; 3] {
    let integration = create(tenant, "1", name).await;
    let url = tenant.url();
    let account = Account {
        callback_url: format!("{url}/v1/webhooks/meta/{}/{integration}", tenant.id),
        app_secret: SECRET.to_owned(),
        business_account_id: "1".to_owned(),
        phone_number_id: Some("1".to_owned()),
    };
    for id in ["wamid.1", "wamid.2"] {
        let webhook = account.text("16505550100", name, id, now(), name);
        assert_eq!(account.post(&webhook).await, 200);
    }
    let client = format!("ext:whatsapp:{integration}:16505550100");
    let path = format!("/v1/users/{client}/channel_assignments");
    eventually("the client has a channel", async || {
        let page = tenant.api.get(&path).await;
        page.status == 200 && page.body["data"][0]["is_active"] == true
    })
    .await;
    let staff = json!({"staff": [owner.id]});
    let assigned = tenant.api.post(&path, staff).await.expect(201);
    for note in ["one", "two"] {
        let channel = assigned["channel_id"].as_str().expect("an id");
        let path = format!("/v1/conversations/{channel}/messages");
        let note = json!({"content": format!("{note}: {name}"), "audience": "staff"});
        drop(owner.api.post(&path, note).await.expect(201));
    }
    let user = tenant
        .api
        .get(&format!("/v1/users/{client}"))
        .await
        .expect(200);
    let text = |value: &Value| value.as_str().expect("an id").to_owned();
    [
        integration,
        text(&user["id"]),
        text(&assigned["channel_id"]),
    ]
}
