//! The shared server of the stories, and accounts of the tenant.

use std::sync::Arc;

use serde_json::{Value, json};
use testkit::fake_graph::{Account, FakeGraph, now};
use testkit::{DataDir, Engine, TestConfig, Tier, World, eventually};

/// A server with the fake as its Graph API. Cheap to clone.
#[derive(Clone)]
pub struct Scene {
    pub world: Arc<World>,
    pub fake: FakeGraph,
}

/// An integration of the tenant with its account at the fake.
pub struct Integration {
    pub id: String,
    pub account: Account,
    pub created: Value,
}

impl Scene {
    pub async fn new(engine: Engine, tier: Tier) -> Self {
        let fake = FakeGraph::start().await;
        let data_dir = DataDir::new(engine)
            .await
            .with("CAAS_META_GRAPH_URL", &fake.url)
            // All stories poll at the same time.
            .with("CAAS_USER_REQUESTS", 100_000)
            .with("CAAS_TENANT_REQUESTS", 100_000);
        let world = World::on(TestConfig { engine, tier }, data_dir).await;
        Self {
            world: Arc::new(world),
            fake,
        }
    }

    pub async fn clear(&self) {
        self.world.server.data_dir().clear().await;
    }

    /// Returns the body that creates an integration of a number.
    pub fn whatsapp_body(number: &str) -> Value {
        json!({
            "platform": "whatsapp", "integration_name": "Support", "business_account_id": "900100",
            "phone_number_id": number, "access_token": "token-of-the-platform",
            "app_secret": "secret-of-the-app", "verify_token": "verify-me",
            "settings": {"staff": ["ext:alice"]},
        })
    }

    /// Creates an integration of a number, with Alice as staff.
    pub async fn whatsapp(&self, number: &str) -> Integration {
        self.integration(Self::whatsapp_body(number)).await
    }

    /// Creates an integration.
    pub async fn integration(&self, body: Value) -> Integration {
        let api = &self.world.tenant.api;
        let created = api.post("/v1/integrations", body.clone()).await.expect(201);
        let id = text(&created, "id").to_owned();
        let url = self.world.server.url();
        let callback_url = format!("{url}/v1/webhooks/meta/{}/{id}", self.world.tenant.id);
        let number = body["phone_number_id"].as_str().map(ToOwned::to_owned);
        Integration {
            account: Account {
                callback_url,
                app_secret: text(&body, "app_secret").to_owned(),
                business_account_id: text(&body, "business_account_id").to_owned(),
                phone_number_id: number,
            },
            id,
            created,
        }
    }

    /// Returns the reference of the client with this number.
    pub fn client(integration: &Integration, from: &str) -> String {
        let platform = text(&integration.created, "platform");
        format!("ext:{platform}:{}:{from}", integration.id)
    }

    /// Waits until the client has a channel, and returns its id.
    pub async fn channel(&self, integration: &Integration, from: &str) -> String {
        let client = Self::client(integration, from);
        let path = format!("/v1/users/{client}/channel_assignments");
        let api = &self.world.tenant.api;
        eventually("the client has a channel", async || {
            let page = api.get(&path).await;
            page.status == 200 && page.body["data"][0]["is_active"] == true
        })
        .await;
        let page = api.get(&path).await.expect(200);
        text(&page["data"][0], "channel_id").to_owned()
    }

    /// Waits until a channel has this number of messages, and returns them, oldest first.
    pub async fn messages(&self, channel: &str, count: usize) -> Vec<Value> {
        let alice = &self.world.alice;
        eventually("the channel has all messages", async || {
            alice.history(channel).await.len() >= count
        })
        .await;
        let mut messages = alice.history(channel).await;
        messages.reverse();
        messages
    }

    /// Has a client write a text, and returns their channel.
    pub async fn client_writes(&self, integration: &Integration, from: &str, id: &str) -> String {
        let webhook = integration.account.text(from, "Ada", id, now(), "Hello");
        assert_eq!(integration.account.post(&webhook).await, 200);
        self.channel(integration, from).await
    }

    /// Waits until an event with this external id has a state, and returns it.
    pub async fn event(&self, external_id: &str, state: &str) -> Value {
        let api = &self.world.tenant.api;
        let path = format!("/v1/webhook_events?limit=100&direction=backward&state={state}");
        let find = async || {
            let page = api.get(&path).await.expect(200);
            let events = page["data"].as_array().expect("a list").clone();
            events
                .into_iter()
                .find(|event| event["external_id"] == external_id)
        };
        eventually("the event has the state", async || find().await.is_some()).await;
        find().await.expect("an event")
    }

    /// Waits until the status of a message for the client is this one, and returns it.
    pub async fn status(&self, message: &str, status: &str) -> Value {
        let path = format!("/v1/messages/{message}/status");
        let api = &self.world.alice.api;
        let find = async || {
            let page = api.get(&path).await.expect(200);
            let statuses = page["data"].as_array().expect("a list").clone();
            statuses.into_iter().find(|entry| entry["status"] == status)
        };
        eventually("the message has the status", async || {
            find().await.is_some()
        })
        .await;
        find().await.expect("a status")
    }
}

pub fn text<'a>(object: &'a Value, name: &str) -> &'a str {
    let value = object[name].as_str();
    value.unwrap_or_else(|| panic!("{name} is missing in {object}"))
}
