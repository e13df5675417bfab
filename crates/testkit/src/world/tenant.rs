use serde_json::{Value, json};

use super::TestUser;
use crate::api::Client;
use crate::{ServerProcess, Tier};

/// A tenant with an application and an API key.
#[derive(Debug, Clone)]
pub struct Tenant {
    /// The id, `clnt_…`.
    pub id: String,
    /// The id of the application, `app_…`.
    pub app: String,
    /// The API key, `caas_sk_…`.
    pub key: String,
    /// The publishable key of the application, `caas_pk_…`.
    pub publishable_key: String,
    /// A client with the API key, such as the tenant's server.
    pub api: Client,
    /// A client with the publishable key, such as a page before the sign-in.
    pub visitor: Client,
    base: String,
}

impl Tenant {
    /// Creates a tenant with the operator's commands.
    ///
    /// # Panics
    /// Panics if a command fails.
    pub async fn create(caas: &ServerProcess, name: &str, tier: Tier) -> Self {
        let run = async |words: &[&str]| {
            caas.command(words)
                .await
                .expect("the operator's command is carried out")
        };
        let tenant = text(
            &run(&["tenant", "create", "--name", name, "--tier", tier.name()]).await,
            "id",
        );
        let created = run(&["app", "create", "--tenant", &tenant, "--name", name]).await;
        let app = text(&created, "id");
        let publishable_key = text(&created, "publishable_key");
        let key = text(
            &run(&["key", "create", "--tenant", &tenant, "--app", &app]).await,
            "key",
        );
        let api = Client::new(&caas.url()).bearer(&key);
        Self {
            id: tenant,
            app,
            key,
            api,
            visitor: Client::new(&caas.url()).bearer(&publishable_key),
            publishable_key,
            base: caas.url(),
        }
    }

    /// Returns the address of the server.
    #[must_use]
    pub fn url(&self) -> &str {
        &self.base
    }

    /// Creates or finds a user and mints a token.
    pub async fn person(&self, external_id: &str) -> TestUser {
        let user = json!({"external_id": external_id, "name": external_id});
        let answer = self.api.post("/v1/users", user).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
        let id = text(&answer.body, "id");
        let minted = self
            .api
            .post(&format!("/v1/users/{id}/tokens"), json!({}))
            .await
            .expect(201);
        TestUser::new(&self.base, id, external_id, text(&minted, "token"))
    }

    /// Creates a conversation as the tenant's server and returns its id.
    pub async fn conversation(&self, body: Value) -> String {
        let answer = self.api.post("/v1/conversations", body).await;
        assert!(matches!(answer.status, 200 | 201), "{}", answer.text);
        text(&answer.body, "id")
    }

    /// Creates a group of these users and returns its id.
    pub async fn group(&self, people: &[&TestUser]) -> String {
        let participants: Vec<_> = people.iter().map(|person| person.id.as_str()).collect();
        self.conversation(json!({"type": "group", "name": "group", "participants": participants}))
            .await
    }
}

fn text(value: &Value, key: &str) -> String {
    value[key]
        .as_str()
        .unwrap_or_else(|| panic!("{key} is missing in {value}"))
        .to_owned()
}
