use std::time::Duration;

use reqwest::Method;
use serde_json::json;

use super::Stop;
use crate::TestUser;
use crate::history::HistoryRecorder;

/// Delay between two attempts while the server is down.
const PAUSE: Duration = Duration::from_millis(20);

/// A client that sends messages one after the other over HTTP.
#[derive(Debug, Clone)]
pub struct Sender {
    /// The sending user.
    pub person: TestUser,
    /// The id of the conversation.
    pub conversation: String,
    /// Text of each message in addition to its number, such as the tenant's canary.
    pub word: String,
    /// The recorder of the sends.
    pub recorder: HistoryRecorder,
}

impl Sender {
    /// Sends until stopped and returns the number of messages.
    ///
    /// Each message is retried with the same `client_message_id` until its outcome is clear.
    pub async fn run(self, stop: Stop) -> usize {
        let mut sent = 0;
        while !stop.told() {
            let client_message_id = format!("{}-{sent}", self.person.external_id);
            while !self.attempt(&client_message_id).await {
                tokio::time::sleep(PAUSE).await;
            }
            sent += 1;
        }
        sent
    }

    /// Returns whether the outcome is clear.
    async fn attempt(&self, client_message_id: &str) -> bool {
        let body = json!({
            "content": format!("{} {client_message_id}", self.word),
            "client_message_id": client_message_id,
        });
        let path = format!("/v1/conversations/{}/messages", self.conversation);
        let ticket = self
            .recorder
            .begin(&self.conversation, &self.person.id, client_message_id);
        // Dropped without a response, the operation counts as unclear.
        let Ok(answer) = self
            .person
            .api
            .attempt(Method::POST, &path, Some(body))
            .await
        else {
            return false;
        };
        match (
            answer.status,
            answer.body["id"].as_str(),
            answer.body["seq"].as_i64(),
        ) {
            (200 | 201, Some(id), Some(seq)) => ticket.acknowledged(id, seq),
            (400..500, ..) => ticket.refused(),
            _ => return false,
        }
        true
    }
}
