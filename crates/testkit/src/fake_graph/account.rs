use std::sync::LazyLock;

use hmac::digest::KeyInit;
use hmac::{Hmac, Mac as _};
use reqwest::header::CONTENT_TYPE;
use serde_json::{Value, json};
use sha2::Sha256;

use super::Sent;

/// Client of the callback URLs.
static CLIENT: LazyLock<reqwest::Client> = LazyLock::new(crate::api::pool);

/// An account whose webhooks the fake sends.
#[derive(Debug, Clone)]
pub struct Account {
    /// Callback URL of the webhook.
    pub callback_url: String,
    /// App secret.
    pub app_secret: String,
    /// Id of the WhatsApp Business or Instagram account.
    pub business_account_id: String,
    /// Id of the phone number; absent for Instagram.
    pub phone_number_id: Option<String>,
}

/// Returns the value of the header `X-Hub-Signature-256` of a body.
///
/// # Panics
/// Never: HMAC takes keys of any length.
#[must_use]
pub fn sign(app_secret: &str, body: &[u8]) -> String {
    let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(app_secret.as_bytes())
        .expect("HMAC takes keys of any length");
    mac.update(body);
    format!("sha256={}", hex::encode(mac.finalize().into_bytes()))
}

impl Account {
    /// Returns a webhook with the value of one change.
    #[must_use]
    pub fn whatsapp(&self, value: &Value) -> Value {
        let mut value = value.clone();
        value["messaging_product"] = json!("whatsapp");
        value["metadata"] = json!({
            "display_phone_number": "15550001111",
            "phone_number_id": self.phone_number_id,
        });
        json!({"object": "whatsapp_business_account", "entry": [{"id": self.business_account_id,
            "changes": [{"field": "messages", "value": value}]}]})
    }

    /// Returns a webhook with one update of Instagram.
    #[must_use]
    pub fn instagram(&self, update: &Value) -> Value {
        json!({"object": "instagram", "entry": [{"id": self.business_account_id, "time": 0,
            "messaging": [update]}]})
    }

    /// Returns the webhook of a message with this part, such as `{"type": "text", …}`.
    #[must_use]
    pub fn message(&self, from: &str, name: &str, id: &str, at: i64, part: &Value) -> Value {
        let mut message = part.clone();
        message["from"] = json!(from);
        message["id"] = json!(id);
        message["timestamp"] = json!(at.to_string());
        self.whatsapp(&json!({
            "contacts": [{"profile": {"name": name}, "wa_id": from}],
            "messages": [message],
        }))
    }

    /// Returns the webhook of a text message.
    #[must_use]
    pub fn text(&self, from: &str, name: &str, id: &str, at: i64, text: &str) -> Value {
        let part = json!({"type": "text", "text": {"body": text}});
        self.message(from, name, id, at, &part)
    }

    /// Returns the webhook of a status of a sent message.
    #[must_use]
    pub fn status(&self, sent: &Sent, status: &str, at: i64) -> Value {
        let mut update = json!({"id": sent.id, "status": status, "timestamp": at.to_string(),
            "recipient_id": sent.body["to"],
            "biz_opaque_callback_data": sent.body["biz_opaque_callback_data"]});
        if status == "failed" {
            update["errors"] = json!([{"code": 131_026, "title": "Message undeliverable"}]);
        }
        self.whatsapp(&json!({"statuses": [update]}))
    }

    /// Sends a webhook with its signature; returns the status of the response.
    ///
    /// # Panics
    /// Panics if no response is received.
    pub async fn post(&self, webhook: &Value) -> u16 {
        let body = webhook.to_string();
        let signature = sign(&self.app_secret, body.as_bytes());
        self.post_raw(body.into(), Some(&signature)).await
    }

    /// Sends a body with this signature; returns the status of the response.
    ///
    /// # Panics
    /// Panics if no response is received.
    pub async fn post_raw(&self, body: Vec<u8>, signature: Option<&str>) -> u16 {
        let mut request = CLIENT
            .post(&self.callback_url)
            .header(CONTENT_TYPE, "application/json")
            .body(body);
        if let Some(signature) = signature {
            request = request.header("X-Hub-Signature-256", signature);
        }
        let response = request.send().await.expect("a response to the webhook");
        response.status().as_u16()
    }
}
