use std::collections::VecDeque;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};

use base::Context;
use serde_json::{Value, json};
use testkit::api::{Answer, Client};
use testkit::{Tenant, TestUser, eventually};

use crate::call::Call;
use crate::integrations;
use crate::row::{Actor, Row};

/// Integrations that are kept for cells in progress, more than run at once.
const SPARE_INTEGRATIONS: usize = 64;

/// A tenant with its users and its canary, a word in all its texts that must reach no other tenant.
#[derive(Debug)]
pub struct TenantFixture {
    /// The tenant.
    pub tenant: Tenant,
    /// The user that creates every conversation.
    pub owner: TestUser,
    /// A user that participates in no conversation.
    pub outsider: TestUser,
    /// Two users that are banned from every conversation.
    pub banned: [TestUser; 2],
    /// An app with data of the owner.
    pub app: String,
    /// The key of the app data.
    pub data_key: String,
    /// The id of a completed erasure.
    pub erasure: String,
    /// A device of the owner.
    pub device: String,
    /// An integration that is never deleted.
    pub integration: String,
    /// A client who has written through it.
    pub client: String,
    /// The channel of the client.
    pub channel: String,
    /// Integrations of recent cells.
    spare_integrations: Mutex<VecDeque<String>>,
    prefix: &'static str,
    canary: &'static str,
    foreign_canary: &'static str,
    words: AtomicUsize,
}

impl TenantFixture {
    /// Creates the fixture of the tenant under test.
    pub async fn ours(tenant: &Tenant) -> Self {
        Self::new(tenant, "ours", "goldfinch", "nightjar").await
    }

    /// Creates the fixture of another tenant.
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
        let open = json!({
            "users_set_external_ids": true, "users_set_metadata": true, "sign_in": true, "sign_up": "open", "guests": true,
        });
        drop(tenant.api.patch("/v1/settings", open).await.expect(200));
        let erasure = erasure(tenant, &format!("{prefix}-erased")).await;
        let [integration, client, channel] = integrations::client(tenant, &owner, canary).await;
        let words = AtomicUsize::new(0);
        let tenant = tenant.clone();
        let app = format!("{prefix}-app");
        let data_key = format!("{prefix}-key");
        let device = format!("{prefix}-device");
        let tenant_fixture = Self {
            tenant,
            owner,
            outsider,
            banned,
            app,
            data_key,
            erasure,
            device,
            integration,
            client,
            channel,
            spare_integrations: Mutex::default(),
            prefix,
            canary,
            foreign_canary,
            words,
        };
        // Two, so that the list has a second page.
        for key in [tenant_fixture.data_key.as_str(), "zz"] {
            tenant_fixture
                .put_app_data(&tenant_fixture.owner.id, &tenant_fixture.app, key)
                .await;
        }
        tenant_fixture.request(&tenant_fixture.outsider.id).await;
        for device in [tenant_fixture.device.as_str(), "zz"] {
            tenant_fixture
                .register_device(&tenant_fixture.owner.id, device)
                .await;
        }
        tenant_fixture.record_event("this hour", 0).await;
        tenant_fixture
            .record_event("an earlier hour", 2 * 60 * 60 * 1_000)
            .await;
        tenant_fixture
    }

    /// Records an event of the owner that happened so many milliseconds ago.
    pub async fn record_event(&self, event: &str, ago: i64) {
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
    pub async fn wait_until_counted(&self) {
        eventually("two hours of events are counted", async || {
            self.hours().await >= 2
        })
        .await;
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

    /// Stores app data of a user.
    pub async fn put_app_data(&self, user: &str, app: &str, key: &str) {
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
    pub async fn register_device(&self, user: &str, device: &str) {
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

    /// Signs a user in with a password and returns the session.
    pub async fn sign_in(&self, user: &str, email: &str) -> String {
        let path = format!("/v1/users/{user}/password");
        let password = json!({"password": "seven quiet looms"});
        let put = reqwest::Method::PUT;
        let set = self.tenant.api.call(put, &path, Some(password)).await;
        assert_eq!(set.status, 204, "{}", set.text);
        let attempt = json!({"email": email, "password": "seven quiet looms"});
        let tokens = self.tenant.visitor.post("/v1/auth/sign-in", attempt).await;
        let tokens = tokens.expect(200);
        tokens["session_id"].as_str().expect("a session").to_owned()
    }

    /// Links an identity to a user.
    pub async fn link_identity(&self, user: &str, provider: &str, subject: &str) {
        let path = format!("/v1/users/{user}/identities/{provider}");
        let identity = json!({"subject": subject});
        drop(
            self.tenant
                .api
                .call(reqwest::Method::PUT, &path, Some(identity))
                .await
                .expect(201),
        );
    }

    /// Sends a friend request from the owner to a user.
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

    /// Returns an unused value with the length of all values of its kind.
    pub fn word(&self, kind: &str) -> String {
        let number = self.words.fetch_add(1, Ordering::Relaxed);
        let host = if kind == "email" { "@example.com" } else { "" };
        format!("{}-{kind}-{number:06}{host}", self.prefix)
    }

    /// Returns an unused phone number id.
    pub fn phone_number(&self) -> String {
        format!("7{:09}", self.words.fetch_add(1, Ordering::Relaxed))
    }

    /// Creates an integration that a cell may delete. Deletes those of cells that are done, since a
    /// tenant has a limited number of them.
    pub async fn spare_integration(&self) -> String {
        let id = integrations::create(&self.tenant, &self.phone_number(), &self.text()).await;
        let former = {
            let mut spare = self
                .spare_integrations
                .lock()
                .expect("no cell has panicked");
            spare.push_back(id.clone());
            (spare.len() > SPARE_INTEGRATIONS)
                .then(|| spare.pop_front())
                .flatten()
        };
        if let Some(former) = former {
            let path = format!("/v1/integrations/{former}");
            drop(self.tenant.api.delete(&path).await);
        }
        id
    }

    /// Returns a text that only this tenant may read.
    pub fn text(&self) -> String {
        format!("the {} sings", self.canary)
    }

    /// Returns metadata that only this tenant may read.
    pub fn metadata(&self) -> Value {
        json!({"note": self.text()})
    }

    /// Returns the client that sends the requests of a row.
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
            Actor::Visitor => self.tenant.visitor.clone(),
        }
    }

    /// Sends a request and asserts that the response has no text of another tenant.
    pub async fn ask(&self, client: &Client, call: &Call) -> Answer {
        let client = call
            .headers
            .iter()
            .fold(client.clone(), |client, (name, value)| {
                client.with(name, value)
            });
        let answer = match &call.raw {
            Some((content_type, body)) => {
                let request = client
                    .request(call.method.clone(), &call.target())
                    .header("content-type", *content_type)
                    .body(body.clone());
                let response = request.send().await.expect("a response");
                Answer::read(response).await.expect("a body")
            }
            None => {
                client
                    .call(call.method.clone(), &call.target(), call.body.clone())
                    .await
            }
        };
        self.assert_no_foreign_text(&answer.text);
        answer
    }

    /// Asserts that a text received by this tenant is not another tenant's.
    pub fn assert_no_foreign_text(&self, text: &str) {
        assert!(
            !text.contains(self.foreign_canary),
            "a text of another tenant has come: {text}"
        );
    }
}

/// Erases a new user and waits until the erasure is done; returns its id.
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
    let path = format!("/v1/erasures/{id}");
    eventually("the erasure is done", async || {
        tenant.api.get(&path).await.expect(200)["status"] == "done"
    })
    .await;
    id
}
