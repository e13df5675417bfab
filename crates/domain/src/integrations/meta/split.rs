use serde_json::{Value, json};
use sha2::{Digest as _, Sha256};

use super::{kind, owned, text};
use crate::integrations::collections::Platform;

/// An update of a webhook request, as it is journaled.
#[derive(Clone, Debug)]
pub(in crate::integrations) struct Update {
    /// Platform.
    pub platform: Platform,
    /// Kind.
    pub kind: String,
    /// Account to which it belongs.
    pub account_id: Option<String>,
    /// Id of the message.
    pub external_id: Option<String>,
    /// Id of the person.
    pub alias: Option<String>,
    /// SHA-256 by which a repetition is recognized.
    pub key: [u8; 32],
    /// The update with what the request says about it.
    pub payload: Value,
}

/// Splits a request into its updates. A body that is not understood is one update.
pub(in crate::integrations) fn split(platform: Platform, raw: &[u8]) -> Vec<Update> {
    let Ok(body) = serde_json::from_slice::<Value>(raw) else {
        let text = String::from_utf8_lossy(raw).into_owned();
        return vec![unreadable(platform, Value::String(text))];
    };
    let entries = body.pointer("/entry").and_then(Value::as_array);
    let mut updates = Vec::new();
    for entry in entries.into_iter().flatten() {
        match text(&body, "/object") {
            Some("whatsapp_business_account") => whatsapp(entry, &mut updates),
            Some("instagram") => instagram(entry, &mut updates),
            _ => updates.push(unreadable(platform, entry.clone())),
        }
    }
    if updates.is_empty() {
        updates.push(unreadable(platform, body));
    }
    updates
}

fn unreadable(platform: Platform, payload: Value) -> Update {
    Update {
        platform,
        kind: kind::UNREADABLE.to_owned(),
        account_id: None,
        external_id: None,
        alias: None,
        key: hash(&[&payload.to_string()]),
        payload,
    }
}

fn whatsapp(entry: &Value, updates: &mut Vec<Update>) {
    let changes = entry.pointer("/changes").and_then(Value::as_array);
    for change in changes.into_iter().flatten() {
        let before = updates.len();
        if let Some(value) = change.get("value") {
            whatsapp_value(value, updates);
        }
        if updates.len() == before {
            updates.push(other(Platform::Whatsapp, entry, change));
        }
    }
}

/// Adds the messages and statuses of a change.
fn whatsapp_value(value: &Value, updates: &mut Vec<Update>) {
    let account_id = owned(value, "/metadata/phone_number_id");
    let list = |name: &str| {
        value
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for message in list("messages") {
        let is_reaction = text(message, "/type") == Some("reaction");
        let sender = text(message, "/from_user_id").or_else(|| text(message, "/from"));
        let contact = list("contacts").find(|contact| is_contact_of(contact, message));
        let external_id = owned(message, "/id");
        updates.push(Update {
            platform: Platform::Whatsapp,
            kind: if is_reaction {
                kind::REACTION
            } else {
                kind::MESSAGE
            }
            .to_owned(),
            key: key(
                kind::MESSAGE,
                account_id.as_deref(),
                external_id.as_deref(),
                "",
                message,
            ),
            account_id: account_id.clone(),
            external_id,
            alias: sender.map(ToOwned::to_owned),
            payload: json!({"contact": contact, "message": message}),
        });
    }
    for status in list("statuses") {
        let external_id = owned(status, "/id");
        let word = text(status, "/status").unwrap_or_default();
        updates.push(Update {
            platform: Platform::Whatsapp,
            kind: kind::STATUS.to_owned(),
            key: key(
                kind::STATUS,
                account_id.as_deref(),
                external_id.as_deref(),
                word,
                status,
            ),
            account_id: account_id.clone(),
            external_id,
            alias: owned(status, "/recipient_user_id").or_else(|| owned(status, "/recipient_id")),
            payload: status.clone(),
        });
    }
}

/// Returns whether a contact of a change describes the sender of a message.
fn is_contact_of(contact: &Value, message: &Value) -> bool {
    let same = |one: &str, other: &str| {
        text(contact, one).is_some() && text(contact, one) == text(message, other)
    };
    same("/wa_id", "/from") || same("/user_id", "/from_user_id")
}

fn instagram(entry: &Value, updates: &mut Vec<Update>) {
    let account_id = owned(entry, "/id");
    let list = |name: &str| {
        entry
            .get(name)
            .and_then(Value::as_array)
            .into_iter()
            .flatten()
    };
    for update in list("messaging").chain(list("standby")) {
        let kind = instagram_kind(update);
        let external_id = [
            "/message/mid",
            "/reaction/mid",
            "/read/mid",
            "/postback/mid",
        ]
        .iter()
        .find_map(|pointer| owned(update, pointer));
        // Only messages and postbacks have an id of their own.
        let own_id = external_id
            .as_deref()
            .filter(|_| matches!(kind, kind::MESSAGE | kind::ECHO | kind::DELETION));
        let person = if kind == kind::ECHO {
            "/recipient/id"
        } else {
            "/sender/id"
        };
        updates.push(Update {
            platform: Platform::Instagram,
            kind: kind.to_owned(),
            key: key(kind, account_id.as_deref(), own_id, "", update),
            account_id: account_id.clone(),
            external_id,
            alias: owned(update, person),
            payload: update.clone(),
        });
    }
    for change in list("changes") {
        updates.push(other(Platform::Instagram, entry, change));
    }
}

fn instagram_kind(update: &Value) -> &'static str {
    let has = |pointer: &str| update.pointer(pointer).is_some();
    let is_true = |pointer: &str| update.pointer(pointer) == Some(&Value::Bool(true));
    if is_true("/message/is_echo") {
        kind::ECHO
    } else if is_true("/message/is_deleted") {
        kind::DELETION
    } else if has("/message") || has("/postback") {
        kind::MESSAGE
    } else if has("/reaction") {
        kind::REACTION
    } else if has("/read") {
        kind::STATUS
    } else {
        "messaging"
    }
}

/// Returns an update of a field that has neither messages nor statuses.
fn other(platform: Platform, entry: &Value, change: &Value) -> Update {
    let field = text(change, "/field").unwrap_or("unknown");
    let account_id =
        owned(change, "/value/metadata/phone_number_id").or_else(|| owned(entry, "/id"));
    Update {
        platform,
        kind: field.chars().take(64).collect(),
        key: hash(&[field, &entry.to_string(), &change.to_string()]),
        account_id,
        external_id: None,
        alias: None,
        payload: change.clone(),
    }
}

/// Returns the hash of an update: of its id if it has one, otherwise of its content.
fn key(
    kind: &str,
    account_id: Option<&str>,
    external_id: Option<&str>,
    status: &str,
    content: &Value,
) -> [u8; 32] {
    let account_id = account_id.unwrap_or_default();
    match external_id {
        Some(id) => hash(&[kind, account_id, id, status]),
        None => hash(&[kind, account_id, "", &content.to_string()]),
    }
}

/// Returns the hash of parts, which are prefixed with their length.
fn hash(parts: &[&str]) -> [u8; 32] {
    let mut hash = Sha256::new();
    for part in parts {
        hash.update((part.len() as u64).to_be_bytes());
        hash.update(part.as_bytes());
    }
    hash.finalize().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn request_is_split_into_messages_and_statuses() {
        let raw = json!({"object": "whatsapp_business_account", "entry": [{"id": "1", "changes": [
            {"field": "messages", "value": {"metadata": {"phone_number_id": "2"},
                "contacts": [{"wa_id": "49", "profile": {"name": "Ada"}}],
                "messages": [{"from": "49", "id": "wamid.a", "type": "text", "text": {"body": "hi"}}],
                "statuses": [{"id": "wamid.b", "status": "read"}, {"id": "wamid.b", "status": "sent"}]}},
            {"field": "account_update", "value": {"event": "x"}}]}]});
        let updates = split(Platform::Whatsapp, raw.to_string().as_bytes());
        let kinds: Vec<_> = updates.iter().map(|update| update.kind.as_str()).collect();
        assert_eq!(kinds, ["message", "status", "status", "account_update"]);
        assert_eq!(updates[0].payload["contact"]["profile"]["name"], "Ada");
        assert_ne!(updates[1].key, updates[2].key, "each status is an update");
    }

    #[test]
    fn repeated_update_has_the_same_key() {
        let raw = json!({"object": "instagram", "entry": [{"id": "1", "messaging": [
            {"sender": {"id": "7"}, "message": {"mid": "m", "text": "a"}},
            {"sender": {"id": "7"}, "message": {"mid": "m", "is_deleted": true}}]}]});
        let first = split(Platform::Instagram, raw.to_string().as_bytes());
        let second = split(Platform::Instagram, raw.to_string().as_bytes());
        assert_eq!(first[0].key, second[0].key);
        assert_ne!(first[0].key, first[1].key);
    }

    #[test]
    fn body_that_is_not_understood_is_one_update() {
        for raw in [
            &b"\xff"[..],
            b"",
            b"[]",
            b"{}",
            b"{\"object\":\"page\",\"entry\":[{}]}",
        ] {
            let updates = split(Platform::Whatsapp, raw);
            assert_eq!(updates.len(), 1, "{raw:?}");
            assert_eq!(updates[0].kind, kind::UNREADABLE);
        }
    }
}
