use serde_json::json;

use crate::row::Actor::Server;
use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];
const OF_USER: &[(&str, &str)] = &[
    ("participant", "{owner}"),
    ("limit", "1"),
    ("cursor", "{cursor}"),
];
const BY_EXTERNAL_ID: &[(&str, &str)] = &[("external_id_prefix", "{external_conversation}")];

/// Conversations, participants and receipts.
pub fn rows() -> Vec<Row> {
    let group = json!({
        "type": "group", "name": "{text}", "external_id": "{external_conversation}", "participants": ["{user}"],
    });
    vec![
        row("list_conversations", "conversations").query(PAGE),
        row("list_conversations", "conversations")
            .only(&[Server])
            .query(OF_USER),
        row("list_conversations", "conversations")
            .only(&[Server])
            .query(BY_EXTERNAL_ID),
        row("create_conversation", "conversations")
            .headers(&[("Idempotency-Key", "{key}")])
            .body(group),
        row("get_conversation", "conversations"),
        row("update_conversation", "conversations").body(json!({"name": "{text}"})),
        row("delete_conversation", "conversations"),
        row("join_conversation", "conversation_participants").by_outsider(),
        row("leave_conversation", "conversation_participants"),
        row("list_participants", "conversation_participants").query(PAGE),
        row("add_participants", "conversation_participants")
            .body(json!({"participants": ["{outsider}"]})),
        row("update_participant", "conversation_participants").body(json!({"role": "admin"})),
        row("remove_participant", "conversation_participants"),
        row("list_bans", "conversation_bans").query(PAGE),
        row("ban_user", "conversation_bans").body(json!({"reason": "{text}"})),
        row("lift_ban", "conversation_bans").in_path(&[("user", "banned")]),
        row("mark_read", "read_receipts").body(json!({"seq": 1})),
        row("mark_delivered", "read_receipts").body(json!({"seq": 1})),
        row("get_unread", "read_receipts"),
    ]
}
