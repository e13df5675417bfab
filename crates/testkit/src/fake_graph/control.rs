//! Control of the fake over HTTP, for guides.

use std::time::{SystemTime, UNIX_EPOCH};

use axum::Json;
use axum::extract::State as Extracted;
use axum::http::StatusCode;
use serde_json::{Value, json};

use super::{Account, State};

/// Sets the account: `{"callback_url", "app_secret", "business_account_id", "phone_number_id"}`.
pub(super) async fn set_account(
    Extracted(state): Extracted<State>,
    Json(body): Json<Value>,
) -> StatusCode {
    let text = |name: &str| body[name].as_str().unwrap_or_default().to_owned();
    let account = Account {
        callback_url: text("callback_url"),
        app_secret: text("app_secret"),
        business_account_id: text("business_account_id"),
        phone_number_id: Some(text("phone_number_id")).filter(|id| !id.is_empty()),
    };
    state.inner.lock().account = Some(account);
    StatusCode::NO_CONTENT
}

/// Plays a client who writes: `{"from", "name", "id", "text"}`.
pub(super) async fn receive(
    Extracted(state): Extracted<State>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let Some(account) = account(&state) else {
        return missing();
    };
    let text = |name: &str| body[name].as_str().unwrap_or_default();
    let webhook = account.text(text("from"), text("name"), text("id"), now(), text("text"));
    acknowledged(account.post(&webhook).await)
}

/// Plays a status of the newest message: `{"status"}`.
pub(super) async fn status(
    Extracted(state): Extracted<State>,
    Json(body): Json<Value>,
) -> (StatusCode, Json<Value>) {
    let newest = state.inner.lock().sent.last().cloned();
    let (Some(account), Some(newest)) = (account(&state), newest) else {
        return missing();
    };
    let status = body["status"].as_str().unwrap_or_default();
    let webhook = account.status(&newest, status, now());
    acknowledged(account.post(&webhook).await)
}

/// Returns the accepted messages.
pub(super) async fn sent(Extracted(state): Extracted<State>) -> Json<Value> {
    let sent = state.inner.lock().sent.clone();
    let shown = sent
        .iter()
        .map(|sent| json!({"id": sent.id, "body": sent.body}));
    Json(shown.collect())
}

fn account(state: &State) -> Option<Account> {
    state.inner.lock().account.clone()
}

fn missing() -> (StatusCode, Json<Value>) {
    let message = json!({"error": "set the account first, and send a message before its status"});
    (StatusCode::CONFLICT, Json(message))
}

fn acknowledged(status: u16) -> (StatusCode, Json<Value>) {
    (StatusCode::OK, Json(json!({"webhook_status": status})))
}

/// Returns the time of the fake in seconds.
#[expect(
    clippy::disallowed_methods,
    reason = "the fake is another computer, with a clock of its own"
)]
#[must_use]
pub fn now() -> i64 {
    let since = SystemTime::now().duration_since(UNIX_EPOCH);
    since.map_or(0, |since| i64::try_from(since.as_secs()).unwrap_or(0))
}
