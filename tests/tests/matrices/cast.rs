use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use base::Context;
use serde_json::{Value, json};
use testkit::api::{Answer, Client};
use testkit::{Person, Tenant};

use crate::call::Call;
use crate::row::{Actor, Row};

/// A tenant with its people and its canary: a word that stands in all its
/// texts and must reach no other tenant.
#[derive(Debug)]
pub struct Cast {
    /// The tenant.
    pub tenant: Tenant,
    /// Who begins every conversation.
    pub owner: Person,
    /// Who takes part in none.
    pub outsider: Person,
    /// Two who are banned from every conversation.
    pub banned: [Person; 2],
    /// An app that keeps something for the owner.
    pub app: String,
    /// What the app calls it.
    pub data_key: String,
    /// The erasure, long done, of a user.
    pub erasure: String,
    /// A device of the owner.
    pub device: String,
    prefix: &'static str,
    canary: &'static str,
    foreign_canary: &'static str,
    words: AtomicUsize,
}

impl Cast {
    /// The tenant of the story.
    pub async fn ours(tenant: &Tenant) -> Self {
        Self::new(tenant, "ours", "goldfinch", "nightjar").await
    }

    /// Another tenant.
    pub async fn theirs(tenant: &Tenant) -> Self {
        Self::new(tenant, "them", "nightjar", "goldfinch").await
    }

    async fn new(
        tenant: &Tenant,
        prefix: &'static str,
        canary: &'static str,
        foreign_canary: &'static str,
    ) -> Self {
        let owner = tenant.person(&format!("{prefix}-owner")).await;
        let outsider = tenant.person(&format!("{prefix}-outsider")).await;
        let banned = [
            tenant.person(&format!("{prefix}-banned")).await,
            tenant.person(&format!("{prefix}-banned-too")).await,
        ];
        let open = json!({"users_set_external_ids": true, "users_set_metadata": true});
        drop(tenant.api.patch("/v1/settings", open).await.expect(200));
        let erasure = erasure(tenant, &format!("{prefix}-erased")).await;
        let words = AtomicUsize::new(0);
        let tenant = tenant.clone();
        let app = format!("{prefix}-app");
        let data_key = format!("{prefix}-key");
        let device = format!("{prefix}-device");
        let cast = Self {
            tenant,
            owner,
            outsider,
            banned,
            app,
            data_key,
            erasure,
            device,
            prefix,
            canary,
            foreign_canary,
            words,
        };
        // Two, so that the list has a second page.
        for key in [cast.data_key.as_str(), "zz"] {
            cast.keep_app_data(&cast.owner.id, &cast.app, key).await;
        }
        cast.request(&cast.outsider.id).await;
        for device in [cast.device.as_str(), "zz"] {
            cast.keep_device(&cast.owner.id, device).await;
        }
        cast.tell_event("this hour", 0).await;
        cast.tell_event("an earlier hour", 2 * 60 * 60 * 1_000)
            .await;
        cast
    }

    /// Tells an event of the owner that happened so many milliseconds ago.
    pub async fn tell_event(&self, event: &str, ago: i64) {
        let timestamp = Context::system().now().plus_millis(-ago);
        let name = self.text();
        let data = self.metadata();
        let event = json!({"event_id": event, "name": name, "category": "custom", "timestamp": timestamp, "data": data});
        drop(
            self.owner
                .api
                .post("/v1/analytics/events", event)
                .await
                .expect(201),
        );
    }

    /// Waits until both hours with events are counted, so that their list has a second page.
    pub async fn is_counted(&self) {
        let mut waited = 0;
        while self.hours().await < 2 {
            assert!(waited < 300, "events are not counted");
            waited += 1;
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
    }

    async fn hours(&self) -> usize {
        let page = self
            .tenant
            .api
            .get("/v1/analytics/metrics?granularity=hour")
            .await
            .expect(200);
        page["data"].as_array().map_or(0, Vec::len)
    }

    /// Lets an app keep something for a user.
    pub async fn keep_app_data(&self, user: &str, app: &str, key: &str) {
        let path = format!("/v1/users/{user}/apps/{app}/data/{key}");
        let value = json!({"value": self.text()});
        drop(
            self.tenant
                .api
                .call(reqwest::Method::PUT, &path, Some(value))
                .await
                .expect(201),
        );
    }

    /// Registers a device of a user.
    pub async fn keep_device(&self, user: &str, device: &str) {
        let path = format!("/v1/users/{user}/devices/{device}");
        let device = json!({"platform": "web", "name": self.text()});
        drop(
            self.tenant
                .api
                .call(reqwest::Method::PUT, &path, Some(device))
                .await
                .expect(201),
        );
    }

    /// The owner asks a user to be friends.
    pub async fn request(&self, user: &str) {
        let path = format!("/v1/users/{}/relationships/{user}", self.owner.id);
        drop(
            self.owner
                .api
                .post(&path, json!({"action": "request"}))
                .await
                .expect(200),
        );
    }

    /// A word that nobody has used, as long as every other of its kind.
    pub fn word(&self, kind: &str) -> String {
        let number = self.words.fetch_add(1, Ordering::Relaxed);
        let host = if kind == "email" { "@example.com" } else { "" };
        format!("{}-{kind}-{number:06}{host}", self.prefix)
    }

    /// A text that only this tenant may see.
    pub fn text(&self) -> String {
        format!("the {} sings", self.canary)
    }

    /// Free data that only this tenant may see.
    pub fn metadata(&self) -> Value {
        json!({"note": self.text()})
    }

    /// Who makes the requests of a row.
    pub fn client(&self, row: &Row, actor: Actor) -> Client {
        let person = if row.by_outsider {
            &self.outsider
        } else {
            &self.owner
        };
        match actor {
            Actor::Server => self.tenant.api.clone(),
            Actor::User => person.api.clone(),
            Actor::Acting => self.tenant.api.acting_as(&person.id),
        }
    }

    /// Makes a request and sees that no other tenant's text is answered.
    pub async fn ask(&self, client: &Client, call: &Call) -> Answer {
        let client = call
            .headers
            .iter()
            .fold(client.clone(), |client, (name, value)| {
                client.with(name, value)
            });
        let answer = client
            .call(call.method.clone(), &call.target(), call.body.clone())
            .await;
        self.sees(&answer.text);
        answer
    }

    /// Says that a text has reached somebody of this tenant.
    pub fn sees(&self, text: &str) {
        assert!(
            !text.contains(self.foreign_canary),
            "a text of another tenant has come: {text}"
        );
    }
}

/// Erases a user of this name and waits until it is done.
async fn erasure(tenant: &Tenant, name: &str) -> String {
    let user = tenant.person(name).await.id;
    let begun = tenant
        .api
        .post(&format!("/v1/users/{user}/erasure"), json!({}))
        .await
        .expect(202);
    let id = begun["id"]
        .as_str()
        .expect("an erasure has an id")
        .to_owned();
    while tenant
        .api
        .get(&format!("/v1/erasures/{id}"))
        .await
        .expect(200)["status"]
        != "done"
    {
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    id
}
