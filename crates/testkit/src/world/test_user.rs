use serde_json::{Value, json};

use crate::api::{Answer, Client};
use crate::socket::Socket;

/// A user of a tenant, with a token.
#[derive(Debug, Clone)]
pub struct TestUser {
    /// The id in our system.
    pub id: String,
    /// The tenant's own id.
    pub external_id: String,
    /// A user token.
    pub token: String,
    /// A client with the token.
    pub api: Client,
    base: String,
}

impl TestUser {
    pub(super) fn new(base: &str, id: String, external_id: &str, token: String) -> Self {
        let api = Client::new(base).bearer(&token);
        Self {
            id,
            external_id: external_id.to_owned(),
            token,
            api,
            base: base.to_owned(),
        }
    }

    /// Returns the same user, connected to another node.
    #[must_use]
    pub fn at(&self, base: &str) -> Self {
        Self::new(base, self.id.clone(), &self.external_id, self.token.clone())
    }

    /// Opens a connection and waits for `ready`.
    pub async fn socket(&self) -> Socket {
        Socket::open(&self.base, &self.token).await
    }

    /// Sends a text; idempotent for the same `client_message_id`.
    pub async fn send(&self, conversation: &str, client_message_id: &str, content: &str) -> Answer {
        let body = json!({"content": content, "client_message_id": client_message_id});
        self.api
            .post(&format!("/v1/conversations/{conversation}/messages"), body)
            .await
    }

    /// Sends a text once, with the text as its `client_message_id`, and returns the message.
    pub async fn say(&self, conversation: &str, content: &str) -> Value {
        self.send(conversation, content, content).await.expect(201)
    }

    /// Returns the newest 100 messages of a conversation, newest first.
    pub async fn history(&self, conversation: &str) -> Vec<Value> {
        let page = self
            .api
            .get(&format!(
                "/v1/conversations/{conversation}/messages?limit=100"
            ))
            .await
            .expect(200);
        page["data"].as_array().cloned().unwrap_or_default()
    }

    /// Returns all records of a conversation after a sequence number.
    pub async fn log(&self, conversation: &str, mut after: i64) -> Vec<Value> {
        let mut records = Vec::new();
        loop {
            let page = self
                .api
                .get(&format!(
                    "/v1/conversations/{conversation}/log?after={after}"
                ))
                .await
                .expect(200);
            records.extend(page["data"].as_array().cloned().unwrap_or_default());
            if page["has_more"] != true {
                return records;
            }
            after = records
                .last()
                .and_then(|record| record["seq"].as_i64())
                .unwrap_or(after);
        }
    }
}
