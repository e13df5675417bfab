use axum::Json;
use axum::body::Bytes;
use axum::extract::{Path, State as Extracted};
use axum::http::header::AUTHORIZATION;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::{Fault, Sent, State};

/// Types of messages that WhatsApp documents.
const TYPES: [&str; 12] = [
    "text",
    "image",
    "audio",
    "video",
    "document",
    "sticker",
    "location",
    "contacts",
    "interactive",
    "template",
    "reaction",
    "order",
];

/// Receives a message as `POST /{version}/{id}/messages`.
pub(super) async fn send(
    Extracted(state): Extracted<State>,
    Path((version, id)): Path<(String, String)>,
    headers: HeaderMap,
    raw: Bytes,
) -> Response {
    let mut inner = state.inner.lock();
    let authorization = headers
        .get(AUTHORIZATION)
        .and_then(|value| value.to_str().ok());
    if authorization.is_none_or(|value| !value.starts_with("Bearer ") || value.len() < 8) {
        return error(401, 190, "Invalid OAuth access token.");
    }
    if !version.starts_with('v') || id.bytes().any(|byte| !byte.is_ascii_digit()) {
        return error(400, 100, "Unsupported post request.");
    }
    let Ok(body) = serde_json::from_slice::<Value>(&raw) else {
        return error(400, 100, "The body is not JSON.");
    };
    if let Err(message) = check(&body) {
        return error(400, 100, message);
    }
    let planned = inner.faults.iter().position(|(sender, _)| *sender == id);
    let fault = planned.map(|at| inner.faults.remove(at).1);
    if let Some(Fault::Error { status, code }) = fault {
        return error(status, code, "planned");
    }
    let prefix = if is_whatsapp(&body) {
        "wamid.out"
    } else {
        "mid.out"
    };
    let number = inner.sent.len() + 1;
    let sent = Sent {
        id: format!("{prefix}.{id}.{number}"),
        sender: id,
        body,
    };
    let response = accepted(&sent);
    inner.sent.push(sent);
    drop(inner);
    state.accepted.send_modify(|accepted| *accepted += 1);
    match fault {
        Some(Fault::LostResponse) => {
            (StatusCode::BAD_GATEWAY, "<html>bad gateway</html>").into_response()
        }
        _ => Json(response).into_response(),
    }
}

fn is_whatsapp(body: &Value) -> bool {
    body["messaging_product"] == "whatsapp"
}

/// Checks what Meta documents as required.
fn check(body: &Value) -> Result<(), &'static str> {
    if !is_whatsapp(body) {
        let has_recipient = body["recipient"]["id"].is_string();
        let has_message = body["message"].is_object() || body["sender_action"].is_string();
        return if has_recipient && has_message {
            Ok(())
        } else {
            Err("recipient and message are required.")
        };
    }
    let kind = body["type"].as_str().unwrap_or_default();
    if !body["to"].is_string() && !body["recipient"].is_string() {
        return Err("to is required.");
    }
    if !TYPES.contains(&kind) {
        return Err("type is invalid.");
    }
    if !body[kind].is_object() && !body[kind].is_array() {
        return Err("the part of the type is required.");
    }
    if kind == "text"
        && !(1..=4096).contains(
            &body["text"]["body"]
                .as_str()
                .unwrap_or_default()
                .chars()
                .count(),
        )
    {
        return Err("text.body must have 1 to 4096 characters.");
    }
    let data = body["biz_opaque_callback_data"]
        .as_str()
        .unwrap_or_default();
    if data.len() > 512 {
        return Err("biz_opaque_callback_data is too long.");
    }
    Ok(())
}

fn accepted(sent: &Sent) -> Value {
    if is_whatsapp(&sent.body) {
        let to = &sent.body["to"];
        json!({"messaging_product": "whatsapp", "contacts": [{"input": to, "wa_id": to}],
            "messages": [{"id": sent.id}]})
    } else {
        json!({"recipient_id": sent.body["recipient"]["id"], "message_id": sent.id})
    }
}

fn error(status: u16, code: i64, message: &str) -> Response {
    let status = StatusCode::from_u16(status).unwrap_or(StatusCode::BAD_REQUEST);
    let body = json!({"error": {"message": message, "type": "OAuthException", "code": code,
        "fbtrace_id": "fake"}});
    (status, Json(body)).into_response()
}
