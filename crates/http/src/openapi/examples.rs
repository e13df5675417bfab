//! Example requests and responses, one for each type. They are added to all
//! operations that use the type.

use serde_json::{Map, Value, json};

use super::{admin_examples, integrations, parameters, sign_in};

pub(super) const ALICE: &str = "65a1b2c3d4e5f60718293a01";
const BOB: &str = "65a1b2c3d4e5f60718293a02";
const CONVERSATION: &str = "65a1b2c3d4e5f60718293b01";
const MESSAGE: &str = "65a1b2c3d4e5f60718293c01";
const FILE: &str = "65a1b2c3d4e5f60718293e01";
pub(super) const OBJECT: &str = "65a1b2c3d4e5f60718293d01";
pub(super) const TIME: &str = "2026-01-31T12:00:00.000Z";
pub(super) const LATER: &str = "2036-01-31T12:00:00.000Z";

/// Adds the examples to all operations of a document, also to their parameters.
pub(crate) fn add(document: &mut Value) {
    let paths = document.get_mut("paths").and_then(Value::as_object_mut);
    let operations = paths
        .into_iter()
        .flat_map(Map::values_mut)
        .filter_map(Value::as_object_mut)
        .flat_map(Map::values_mut);
    for operation in operations {
        for parameter in entries(operation, "parameters") {
            parameters::add(parameter);
        }
        if let Some(body) = operation.get_mut("requestBody") {
            add_to_content(body);
        }
        for response in entries(operation, "responses") {
            add_to_content(response);
        }
    }
}

/// Returns the entries of an array or object.
fn entries<'a>(value: &'a mut Value, name: &str) -> Box<dyn Iterator<Item = &'a mut Value> + 'a> {
    match value.get_mut(name) {
        Some(Value::Array(entries)) => Box::new(entries.iter_mut()),
        Some(Value::Object(entries)) => Box::new(entries.values_mut()),
        _ => Box::new(std::iter::empty()),
    }
}

fn add_to_content(body: &mut Value) {
    for content in entries(body, "content") {
        let reference = content["schema"]["$ref"].as_str();
        let name = reference.and_then(|reference| reference.rsplit('/').next());
        if let Some(example) = name.and_then(example) {
            content["example"] = example;
        }
    }
}

/// Returns the example of a schema.
fn example(name: &str) -> Option<Value> {
    if let Some(entry) = name.strip_prefix("Page_") {
        let entry = example(entry)?;
        return Some(json!({ "data": [entry], "next_cursor": "AbCdEf", "has_more": true }));
    }
    if let Some(entry) = name.strip_prefix("ListResponse_") {
        let entry = example(entry)?;
        return Some(json!({ "data": [entry] }));
    }
    if let Some(object) = name.strip_prefix("WithIncludes_") {
        return example(object);
    }
    user(name)
        .or_else(|| user_data(name))
        .or_else(|| sign_in::example(name))
        .or_else(|| conversation(name))
        .or_else(|| message(name))
        .or_else(|| file(name))
        .or_else(|| integrations::example(name))
        .or_else(|| analytics(name))
        .or_else(|| tenant(name))
        .or_else(|| realtime(name))
        .or_else(|| admin_examples::example(name))
}

fn alice() -> Value {
    json!({
        "id": ALICE, "external_id": "alice", "display_name": "Alice",
        "avatar_url": "https://cdn.example/alice.png",
    })
}

fn bob() -> Value {
    json!({ "id": BOB, "external_id": "bob", "display_name": "Bob" })
}

pub(super) fn user(name: &str) -> Option<Value> {
    Some(match name {
        "User" => json!({
            "id": ALICE, "external_id": "alice", "name": "Alice", "email": "alice@example.com",
            "avatar_url": "https://cdn.example/alice.png", "role": "user", "roles": ["user"],
            "is_active": true, "last_seen_at": TIME, "metadata": { "plan": "gold" },
            "created_at": TIME, "updated_at": TIME, "version": 1,
        }),
        "UserUpsert" => json!({
            "external_id": "alice", "name": "Alice", "email": "alice@example.com",
            "metadata": { "plan": "gold" },
        }),
        "UserBatch" => json!({
            "users": [
                { "external_id": "alice", "name": "Alice" },
                { "external_id": "bob", "name": "Bob" },
            ],
        }),
        "UserPatch" => json!({ "name": "Alice Smith", "avatar_url": null, "version": 1 }),
        "UserLogPage" => json!({
            "data": [{
                "seq": 7, "type": "conversation.added", "created_at": TIME,
                "data": { "conversation_id": CONVERSATION },
            }],
            "to": 7, "has_more": false, "truncated": false,
        }),
        "Erasure" => json!({
            "id": OBJECT, "user_id": ALICE, "status": "running", "stage": "documents", "steps": 3,
            "report": [{ "collection": "reactions", "removed": 12, "wiped": 0, "held": 0 }],
            "created_at": TIME,
        }),
        "NewToken" => json!({ "expires_in": 3600 }),
        "Token" => json!({
            "token": "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiI2NWEx4oCmIn0.c2lnbmF0dXJl",
            "user_id": ALICE, "expires_at": TIME,
        }),
        "TokenRevocation" => json!({ "before": TIME }),
        "TokensRevoked" => json!({ "usable_from": TIME }),
        _ => return None,
    })
}

fn user_data(name: &str) -> Option<Value> {
    Some(match name {
        "Profile" => json!({
            "id": OBJECT, "user_id": ALICE, "display_name": "Alice",
            "avatar_url": "https://cdn.example/alice.png", "bio": "Coffee and code.",
            "created_at": TIME, "updated_at": TIME, "version": 1,
        }),
        "ProfilePatch" => json!({ "bio": "Coffee and code.", "version": 1 }),
        "Preferences" => json!({
            "id": OBJECT, "user_id": ALICE, "theme": "dark", "language": "en",
            "notifications": { "push": { "enabled": true } },
            "created_at": TIME, "updated_at": TIME, "version": 2,
        }),
        "PreferencesPatch" => json!({ "theme": "dark", "language": null, "version": 1 }),
        "Device" => json!({
            "device_id": "phone-1", "platform": "ios", "name": "Alice's phone",
            "model": "iPhone 17", "app_version": "2.1.0", "has_push_token": true,
            "created_at": TIME, "last_seen_at": TIME,
        }),
        "DeviceRegistration" => json!({
            "platform": "ios", "name": "Alice's phone", "model": "iPhone 17",
            "app_version": "2.1.0", "push_token": "fcm-token",
        }),
        "DevicePatch" => json!({ "name": "Work phone" }),
        "Relationship" => json!({
            "user": bob(), "state": "friends", "favourite": true, "remark": "Met in Vienna.",
        }),
        "RelationshipChange" => json!({ "action": "request" }),
        "RelationshipPatch" => json!({ "favourite": true, "remark": "Met in Vienna." }),
        "AppDatum" => json!({
            "id": OBJECT, "user_id": ALICE, "app_id": "notes", "data_key": "draft",
            "value": { "text": "Hello" }, "created_at": TIME, "updated_at": TIME, "version": 1,
        }),
        "NewAppDatum" => json!({ "data_key": "draft", "value": { "text": "Hello" } }),
        "AppDatumWrite" => json!({ "value": { "text": "Hello" }, "version": 1 }),
        _ => return None,
    })
}

fn conversation(name: &str) -> Option<Value> {
    Some(match name {
        "Conversation" => json!({
            "id": CONVERSATION, "external_id": "team-1", "type": "group", "name": "Team",
            "participant_count": 2, "head_seq": 12, "changed_seq": 1, "created_by": ALICE,
            "my": { "role": "owner", "read_seq": 11, "delivered_seq": 12, "unread": 1 },
            "last_message": message("Message"),
            "created_at": TIME, "updated_at": TIME, "version": 1,
        }),
        "NewConversation" => json!({
            "type": "group", "name": "Team", "external_id": "team-1",
            "participants": ["ext:alice", "ext:bob"],
        }),
        "ConversationPatch" => json!({ "name": "Product team", "avatar_url": null, "version": 1 }),
        "Participant" => json!({
            "user": bob(), "role": "member", "joined_seq": 1, "changed_seq": 1,
            "read_seq": 11, "delivered_seq": 12, "joined_at": TIME, "version": 1,
        }),
        "NewParticipants" => json!({ "participants": ["ext:bob"], "role": "member" }),
        "ParticipantPatch" => json!({ "role": "admin" }),
        "Ban" => json!({
            "conversation_id": CONVERSATION, "user": bob(), "banned_by": ALICE,
            "reason": "Spam", "expires_at": LATER, "created_at": TIME, "updated_at": TIME,
        }),
        "NewBan" => json!({ "reason": "Spam", "expires_at": LATER }),
        "LogPage" => json!({ "data": [record()], "to": 12, "has_more": false }),
        "ReceiptRequest" => json!({ "seq": 12 }),
        "Receipt" => json!({
            "conversation_id": CONVERSATION, "read_seq": 12, "delivered_seq": 12, "unread": 0,
        }),
        "UnreadTotals" => json!({ "messages": 3, "conversations": 2 }),
        _ => return None,
    })
}

fn record() -> Value {
    json!({
        "seq": 12, "conversation_id": CONVERSATION, "type": "message.new",
        "data": message("Message"),
    })
}

fn message(name: &str) -> Option<Value> {
    Some(match name {
        "Message" => json!({
            "id": MESSAGE, "conversation_id": CONVERSATION, "seq": 12, "changed_seq": 12,
            "sender": alice(), "type": "text", "content": "Hello",
            "client_message_id": "c0ffee-1", "reactions": { "👍": 1 }, "my_reactions": ["👍"],
            "created_at": TIME, "updated_at": TIME, "version": 1,
        }),
        "NewMessage" => json!({
            "content": "Hello", "client_message_id": "c0ffee-1",
            "attachments": [{ "file_id": FILE, "caption": "A cat on a keyboard" }],
        }),
        "MessagePatch" => json!({ "content": "Hello!", "version": 1 }),
        "MessageStatus" => json!({ "user": bob(), "status": "read" }),
        _ => return None,
    })
}

fn file(name: &str) -> Option<Value> {
    Some(match name {
        "File" => json!({
            "id": FILE, "purpose": "attachment", "state": "ready", "type": "image",
            "name": "cat.png", "content_type": "image/png", "size": 48_213,
            "sha256": "2c26b46b68ffc68ff99b453c1d30413413422d706483bfa0f98a5e886266e7ae",
            "user_id": ALICE, "path": format!("/v1/files/{FILE}/content"),
            "width": 1600, "height": 1200, "blurhash": "LEHV6nWB2yk8pyo0adR*.7kCMdnj",
            "variants": [{
                "name": "64", "path": format!("/v1/files/{FILE}/content?variant=64"),
                "content_type": "image/jpeg", "width": 64, "height": 48, "size": 1_230,
            }],
            "created_at": TIME, "updated_at": TIME,
        }),
        "FileUploadForm" => json!({ "purpose": "attachment", "file": "(binary)" }),
        "ConversationFile" => json!({
            "message_id": MESSAGE, "sender_id": ALICE, "seq": 12, "file": file("File"),
        }),
        "FileLinks" => json!({
            "links": [{ "file_id": FILE, "message_id": MESSAGE, "variant": "320" }],
            "expires_in": 900,
        }),
        "SignedLink" => json!({
            "file_id": FILE, "path": "/v1/media/AWWhssPU5fYHGCk6AQ", "expires_at": TIME,
        }),
        "AvatarFile" => json!({ "file_id": FILE }),
        "Usage" => json!({
            "data": [{ "metric": "storage_bytes", "used": 48_213, "limit": 107_374_182_400_i64 }],
        }),
        _ => return None,
    })
}

fn analytics(name: &str) -> Option<Value> {
    Some(match name {
        "Activity" => json!({
            "id": OBJECT, "user_id": ALICE, "event_type": "login", "app_id": "web",
            "session_id": "s-1", "data": { "browser": "Firefox" },
            "timestamp": TIME, "expires_at": LATER,
        }),
        "NewActivity" => json!({
            "event_type": "login", "app_id": "web", "session_id": "s-1",
            "data": { "browser": "Firefox" },
        }),
        "AnalyticsEvent" => json!({
            "event_id": "e-1", "name": "checkout", "category": "conversion", "user_id": ALICE,
            "app_id": "web", "session_id": "s-1", "data": { "total": 42 }, "timestamp": TIME,
        }),
        "NewAnalyticsEvent" => json!({
            "event_id": "e-1", "name": "checkout", "category": "conversion",
            "user_id": "ext:alice", "data": { "total": 42 },
        }),
        "AnalyticsEventBatch" => json!({
            "events": [
                { "event_id": "e-1", "name": "checkout", "category": "conversion" },
                { "event_id": "e-2", "name": "page_view", "category": "engagement" },
            ],
        }),
        "EventsTaken" => json!({ "new": 1, "known": 0 }),
        "EventCounts" => json!({
            "events": 3, "categories": { "conversion": 1, "engagement": 2 },
            "names": { "checkout": 1, "page_view": 2 }, "all_names": true, "pending": 0,
        }),
        "Metric" => json!({
            "granularity": "day", "starts_at": "2026-01-31T00:00:00.000Z", "events": 3,
            "categories": { "conversion": 1, "engagement": 2 },
            "names": { "checkout": 1, "page_view": 2 }, "all_names": true,
            "unique_users": 2, "all_users": true, "counted_at": TIME,
        }),
        _ => return None,
    })
}

fn tenant(name: &str) -> Option<Value> {
    Some(match name {
        "TenantSettings" => json!({
            "create_users": true, "history": "whole", "presence_visibility": "all",
            "block_checks_in_groups": false, "users_set_external_ids": false,
            "users_set_metadata": false, "attachment_urls": true,
            "max_file_bytes": 5_368_709_120_i64, "allowed_file_types": [],
            "denied_file_types": ["application/x-msdownload"], "sign_in": true, "sign_up": "open",
            "sign_up_claims_users": false, "guests": false, "updated_at": TIME, "version": 1,
        }),
        "TenantSettingsPatch" => json!({ "users_set_metadata": true, "version": 1 }),
        "Retention" => json!({ "days": 365, "legal_hold": false, "updated_at": TIME }),
        // Valid for a tenant, a conversation and a user.
        "NewRetention" => json!({ "legal_hold": false }),
        "Limits" => json!({
            "data": [{
                "name": "message_characters", "maximum": 20_000, "unit": "characters",
                "meaning": "Characters of the text of a message.",
            }],
        }),
        _ => return None,
    })
}

fn realtime(name: &str) -> Option<Value> {
    Some(match name {
        "ServerFrame" => json!({
            "t": "ready", "epoch": "1", "heads": { CONVERSATION: 12 }, "user_seq": 7,
            "more": false,
        }),
        "StreamEvent" => json!({
            "data": "{\"t\":\"pong\"}",
        }),
        _ => return None,
    })
}
