use axum::http::Method;
use serde_json::{Value, json};

use super::world::{Company, World};
use crate::Operation;

/// Things that a request can name, fresh for one request.
pub(super) struct Scene {
    conversation: String,
    channel: String,
    message: String,
}

/// A request that its operation answers when the caller may call it.
pub(super) struct Sample {
    pub(super) method: Method,
    pub(super) path: String,
    pub(super) body: Option<Value>,
}

impl Scene {
    /// A group that ada owns and bob is in, with a message and a reaction of
    /// ada's, a public channel that neither is in, and eve, who is in none.
    pub(super) async fn new(world: &World, company: &Company) -> Self {
        world.as_key(company, "POST", "/v1/users").json(&json!({ "external_id": "eve" })).await;
        let conversation = world.group(company, &["ada", "bob"]).await;
        let message = world.say(company, "ada", &conversation, "hello").await["id"].as_str().unwrap().to_owned();
        let reaction = format!("/v1/messages/{message}/reactions/:ok:");
        world.as_user(company, "ada", "PUT", &reaction).send().await;
        let call = world.as_key(company, "POST", "/v1/conversations");
        let channel = call.json(&json!({ "type": "channel", "visibility": "public", "name": "news" })).await;
        Self { conversation, message, channel: channel.text("/id").to_owned() }
    }

    /// The request of an operation that names these things; `None` when no
    /// body for it is written below.
    pub(super) fn sample(&self, operation: &Operation) -> Option<Sample> {
        let conversation = if operation.id == "join_conversation" { &self.channel } else { &self.conversation };
        let path = operation.path.replace("{conversation}", conversation).replace("{message}", &self.message);
        let path = path.replace("{user}", user(operation)).replace("{emoji}", ":ok:");
        let body = match operation.method {
            Method::GET | Method::DELETE | Method::PUT => None,
            _ => body(&operation.id)?,
        };
        Some(Sample { method: operation.method.clone(), path, body })
    }
}

/// Whom a request names: somebody else where it would end what ada may do.
fn user(operation: &Operation) -> &'static str {
    match &*operation.id {
        "update_participant" | "remove_participant" => "ext:bob",
        "delete_user" | "deactivate_user" | "reactivate_user" | "create_token" | "revoke_user_tokens" => "ext:eve",
        _ => "ext:ada",
    }
}

/// `Some(None)` is an operation without a body.
#[expect(clippy::option_option, reason = "an operation nobody wrote a sample for differs from one without a body")]
fn body(operation: &str) -> Option<Option<Value>> {
    Some(Some(match operation {
        "upsert_user" => json!({ "external_id": "eve" }),
        "upsert_users" => json!({ "users": [{ "external_id": "eve" }] }),
        "update_user" => json!({ "name": "ada" }),
        "create_conversation" => json!({ "type": "group", "name": "more" }),
        "update_conversation" => json!({ "name": "less" }),
        "add_participants" => json!({ "participants": ["ext:eve"] }),
        "update_participant" => json!({ "role": "admin" }),
        "send_message" => json!({ "content": "hi" }),
        "update_message" => json!({ "content": "ho" }),
        "mark_read" | "mark_delivered" => json!({ "seq": 1 }),
        "update_settings" => json!({ "create_users": true }),
        "deactivate_user"
        | "reactivate_user"
        | "create_token"
        | "revoke_user_tokens"
        | "revoke_application_tokens"
        | "join_conversation"
        | "leave_conversation" => return Some(None),
        _ => return None,
    }))
}
