use base::Context;
use serde_json::{Value, json};
use testkit::api::Client;
use testkit::server::CommandError;
use testkit::{World, eventually};

use super::Fixture;
use super::forged::forged;
use crate::row::Actor;
use crate::tenant_fixture::TenantFixture;

/// Lifetimes of the expiring key in milliseconds. A longer one is used if the key expired before
/// it was created.
const LIVES: [i64; 3] = [4_000, 16_000, 64_000];

/// A credential of the matrix.
#[derive(Debug, Clone)]
pub struct Credential {
    /// The name in the table.
    pub name: &'static str,
    /// The bearer credential; `None` if no header is sent.
    pub bearer: Option<String>,
    /// The user to act as, sent in the header `Caas-User`.
    pub acts_as: Option<String>,
    /// Whether it is rejected everywhere, so that no request may write.
    pub is_invalid: bool,
    /// Whether it belongs to another tenant.
    pub is_foreign: bool,
}

impl Credential {
    /// Returns the actor that the credential represents.
    pub fn actor(&self) -> Actor {
        let is_key = self
            .bearer
            .as_deref()
            .is_some_and(|bearer| bearer.starts_with("caas_sk_"));
        let is_visitor = self
            .bearer
            .as_deref()
            .is_some_and(|bearer| bearer.starts_with("caas_pk_"));
        match (&self.acts_as, is_key) {
            (None, false) if is_visitor => Actor::Visitor,
            (Some(_), _) => Actor::Acting,
            (None, true) => Actor::Server,
            (None, false) => Actor::User,
        }
    }

    /// Returns a client that uses the credential.
    pub fn client(&self, url: &str) -> Client {
        let client = self
            .bearer
            .iter()
            .fold(Client::new(url), |client, bearer| client.bearer(bearer));
        self.acts_as
            .iter()
            .fold(client, |client, user| client.acting_as(user))
    }
}

/// Creates one credential of each kind.
pub async fn create_all(world: &World, fixture: &Fixture) -> Vec<Credential> {
    let Fixture { ours, theirs, .. } = fixture;
    let (sleeper, sleeper_token) = user(ours, "sleeper").await;
    let (revoked_user, revoked_token) = user(ours, "revoked").await;
    let (_, ended_token) = user(ours, "ended").await;
    for (path, status) in [
        (format!("/v1/users/{sleeper}/deactivate"), 200),
        (format!("/v1/users/{revoked_user}/tokens/revoke"), 200),
    ] {
        assert_eq!(
            ours.tenant.api.post(&path, json!({})).await.status,
            status,
            "{path}"
        );
    }
    let expired = ending_key(world).await;
    let revoked = key(world, "revoked", &[]).await;
    let id = revoked["id"].as_str().expect("a key has an id");
    world
        .server
        .command(&["key", "revoke", id])
        .await
        .expect("a key can be revoked");
    let reads = "users:read,conversations:read,messages:read,tokens:read,settings:read";
    let reading = key(world, "reading", &["--scopes", reads]).await;
    let read_only = text(&reading).unwrap_or_default();
    let full = &ours.tenant.key;
    let owner = &ours.owner;
    let credentials = vec![
        invalid("none", None),
        invalid("malformed", Some("caas_sk_malformed")),
        invalid("forged token", Some(&forged(world, owner).await)),
        invalid("revoked key", text(&revoked)),
        invalid("revoked token", Some(&revoked_token)),
        invalid("expired key", text(&expired)),
        invalid("expired token", Some(&ended_token)),
        invalid("token of a deactivated user", Some(&sleeper_token)),
        invalid("full key as a deactivated user", Some(full)).acting_as(&sleeper),
        invalid("user token with Caas-User", Some(&owner.token)).acting_as(&owner.id),
        valid("foreign key", &theirs.tenant.key),
        valid("foreign token", &theirs.owner.token),
        valid("publishable key", &ours.tenant.publishable_key),
        valid("read-only key", read_only),
        valid("read-only key as a user", read_only).acting_as(&owner.id),
        valid("full key", full),
        valid("full key as a user", full).acting_as(&owner.id),
        valid("user token", &owner.token),
    ];
    for credential in credentials
        .iter()
        .filter(|credential| credential.name.starts_with("expired"))
    {
        until_expired(&credential.client(&world.server.url())).await;
    }
    credentials
}

async fn user(tenant_fixture: &TenantFixture, name: &str) -> (String, String) {
    let body = json!({"external_id": name});
    let user = tenant_fixture
        .tenant
        .api
        .post("/v1/users", body)
        .await
        .expect(201);
    let id = user["id"].as_str().expect("a user has an id").to_owned();
    let life = if name == "ended" {
        json!({"expires_in": 1})
    } else {
        json!({})
    };
    let minted = tenant_fixture
        .tenant
        .api
        .post(&format!("/v1/users/{id}/tokens"), life)
        .await
        .expect(201);
    (id, minted["token"].as_str().expect("a token").to_owned())
}

async fn key(world: &World, name: &str, more: &[&str]) -> Value {
    try_key(world, name, more).await.expect("a key can be made")
}

async fn try_key(world: &World, name: &str, more: &[&str]) -> Result<Value, CommandError> {
    let words = [
        "key",
        "create",
        "--tenant",
        &world.tenant.id,
        "--app",
        &world.tenant.app,
        "--name",
        name,
    ];
    world.server.command(&[&words, more].concat()).await
}

async fn ending_key(world: &World) -> Value {
    for life in LIVES {
        let end = Context::system().now().plus_millis(life).to_string();
        if let Ok(key) = try_key(world, "expired", &["--expires-at", &end]).await {
            return key;
        }
    }
    panic!("no key can be made that ends");
}

fn text(key: &Value) -> Option<&str> {
    key["key"].as_str()
}

/// Waits until a credential has expired, which depends on time only.
async fn until_expired(client: &Client) {
    eventually("the credential has expired", async || {
        client.get("/v1/unread").await.code() == "token_expired"
    })
    .await;
}

fn invalid(name: &'static str, bearer: Option<&str>) -> Credential {
    Credential {
        name,
        bearer: bearer.map(str::to_owned),
        acts_as: None,
        is_invalid: true,
        is_foreign: false,
    }
}

fn valid(name: &'static str, bearer: &str) -> Credential {
    let is_foreign = name.starts_with("foreign");
    Credential {
        name,
        bearer: Some(bearer.to_owned()),
        acts_as: None,
        is_invalid: false,
        is_foreign,
    }
}

impl Credential {
    fn acting_as(self, user: &str) -> Self {
        Self {
            acts_as: Some(user.to_owned()),
            ..self
        }
    }
}
