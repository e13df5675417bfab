use std::fmt::Write;

use serde_json::json;
use testkit::{ServerProcess, Tenant, TestUser, Tier};

/// Data that the requests refer to, so that not all of them fail with 404.
pub struct Data {
    tenant: Tenant,
    alice: TestUser,
    bob: TestUser,
    /// A conversation of both, with everything that it can contain.
    room: String,
    /// A conversation that requests may delete and leave.
    other_room: String,
    message: String,
    /// A message that requests may delete.
    other_message: String,
    erasure: String,
    integration: String,
    /// An integration that requests may delete.
    other_integration: String,
}

/// Operations that remove their subject, with the parameter and the list of its values.
const DESTRUCTIVE: [(&str, &str, &str); 12] = [
    ("delete_user", "path.user", "victims"),
    ("erase_user", "path.user", "victims"),
    ("deactivate_user", "path.user", "victims"),
    ("reactivate_user", "path.user", "victims"),
    ("set_retention_of_user", "path.user", "victims"),
    ("revoke_user_tokens", "path.user", "victims"),
    ("delete_conversation", "path.conversation", "other_rooms"),
    (
        "set_retention_of_conversation",
        "path.conversation",
        "other_rooms",
    ),
    ("leave_conversation", "path.conversation", "other_rooms"),
    ("remove_participant", "path.conversation", "other_rooms"),
    ("delete_message", "path.message", "other_messages"),
    (
        "delete_integration",
        "path.integration",
        "other_integrations",
    ),
];

impl Data {
    /// Creates a tenant with data of each kind.
    pub async fn create(caas: &ServerProcess) -> Self {
        let tenant = Tenant::create(caas, "contract", Tier::Free).await;
        let alice = tenant.person("alice").await;
        let bob = tenant.person("bob").await;
        tenant.person("victim").await;
        let settings = json!({"sign_in": true, "sign_up": "open", "guests": true});
        drop(tenant.api.patch("/v1/settings", settings).await.expect(200));
        let room = tenant.group(&[&alice, &bob]).await;
        let other_room = tenant.group(&[&alice, &bob]).await;
        let message = send(&alice, &room).await;
        let other_message = send(&alice, &room).await;
        let erased = tenant.person("erased").await.id;
        let erase = format!("/v1/users/{erased}/erasure");
        let erasure = tenant.api.post(&erase, json!({})).await.expect(202);
        let erasure = erasure["id"]
            .as_str()
            .expect("an erasure has an id")
            .to_owned();
        let put = async |path: String, body| {
            let answer = tenant
                .api
                .call(reqwest::Method::PUT, &path, Some(body))
                .await;
            assert!(answer.status < 300, "{path}: {}", answer.text);
        };
        put(
            format!("/v1/users/{}/devices/phone", alice.id),
            json!({"platform": "ios"}),
        )
        .await;
        put(
            format!("/v1/users/{}/apps/app/data/key", alice.id),
            json!({"value": 1}),
        )
        .await;
        let request = json!({"action": "request"});
        drop(
            alice
                .api
                .post(
                    &format!("/v1/users/{}/relationships/{}", alice.id, bob.id),
                    request,
                )
                .await
                .expect(200),
        );
        let event =
            json!({"event_id": "one", "name": "opened", "category": "custom", "user_id": alice.id});
        drop(
            tenant
                .api
                .post("/v1/analytics/events", event)
                .await
                .expect(201),
        );
        Self {
            integration: create_integration(&tenant, "1").await,
            other_integration: create_integration(&tenant, "2").await,
            tenant,
            alice,
            bob,
            room,
            other_room,
            message,
            other_message,
            erasure,
        }
    }

    /// Returns the configuration of schemathesis: credentials and values of parameters.
    pub fn config(&self) -> String {
        // A stream of events never ends by itself.
        let mut text = format!(
            "max-stream-events = 1\n\n[auth.openapi.api_key]\nbearer = \"{}\"\n\n[auth.openapi.user_token]\nbearer = \"{}\"\n\n[auth.openapi.publishable_key]\nbearer = \"{}\"\n\n",
            self.tenant.key, self.alice.token, self.tenant.publishable_key
        );
        let lists: [(&str, &[&str]); 13] = [
            (
                "users",
                &["ext:alice", "ext:bob", &self.alice.id, &self.bob.id],
            ),
            ("victims", &["ext:victim"]),
            ("rooms", &[&self.room]),
            ("other_rooms", &[&self.other_room]),
            ("messages", &[&self.message]),
            ("other_messages", &[&self.other_message]),
            ("erasures", &[&self.erasure]),
            ("devices", &["phone", "tablet"]),
            ("apps", &["app"]),
            ("keys", &["key"]),
            ("acting", &["ext:alice"]),
            ("integrations", &[&self.integration]),
            ("other_integrations", &[&self.other_integration]),
        ];
        for (name, values) in lists {
            // Writing to a string cannot fail.
            let _ = writeln!(text, "[dictionaries.{name}]\nvalues = {values:?}\n");
        }
        let parameters = [
            ("path.user", "users"),
            ("path.other", "users"),
            ("path.conversation", "rooms"),
            ("path.message", "messages"),
            ("path.erasure", "erasures"),
            ("path.device", "devices"),
            ("path.app", "apps"),
            ("path.data_key", "keys"),
            ("path.integration", "integrations"),
            ("header.Caas-User", "acting"),
        ];
        text.push_str("[parameters]\n");
        for (place, list) in parameters {
            let _ = writeln!(
                text,
                "\"{place}\" = {{ dictionary = \"{list}\", probability = 0.8 }}"
            );
        }
        // It would revoke the token of the event stream. The bounds matrix tests it.
        text.push_str("\n[[operations]]\ninclude-operation-id = \"revoke_application_tokens\"\nenabled = false\n");
        // It opens WebSockets, which schemathesis does not.
        text.push_str("\n[[operations]]\ninclude-operation-id = \"connect\"\n");
        text.push_str(
            "[operations.checks]\npositive_data_acceptance = { expected-statuses = [426] }\n",
        );
        for (operation, place, list) in DESTRUCTIVE {
            let _ = write!(
                text,
                "\n[[operations]]\ninclude-operation-id = \"{operation}\"\n[operations.parameters]\n\
                 \"{place}\" = {{ dictionary = \"{list}\" }}\n"
            );
        }
        text
    }
}

async fn send(person: &TestUser, conversation: &str) -> String {
    let path = format!("/v1/conversations/{conversation}/messages");
    let sent = person
        .api
        .post(&path, json!({"content": "hello"}))
        .await
        .expect(201);
    let message = sent["id"].as_str().expect("a message has an id").to_owned();
    let reacted = person
        .api
        .put(&format!("/v1/messages/{message}/reactions/%F0%9F%91%8D"))
        .await;
    assert_eq!(reacted.status, 200, "{}", reacted.text);
    message
}

async fn create_integration(tenant: &Tenant, phone_number: &str) -> String {
    let new = json!({
        "platform": "whatsapp", "integration_name": "Support", "business_account_id": "1",
        "phone_number_id": phone_number, "access_token": "token", "app_secret": "secret",
        "verify_token": "verify",
    });
    let created = tenant.api.post("/v1/integrations", new).await.expect(201);
    created["id"].as_str().expect("an id").to_owned()
}
