use serde_json::json;

use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];

/// Conversations, who takes part in them, and how far they have come.
pub fn rows() -> Vec<Row> {
    let group = json!({
        "type": "group", "name": "{text}", "external_id": "{external_conversation}", "participants": ["{user}"],
    });
    vec![
        row("list_conversations").query(PAGE),
        row("create_conversation")
            .headers(&[("Idempotency-Key", "{key}")])
            .body(group),
        row("get_conversation"),
        row("update_conversation").body(json!({"name": "{text}"})),
        row("delete_conversation"),
        row("join_conversation").by_outsider(),
        row("leave_conversation"),
        row("list_participants").query(PAGE),
        row("add_participants").body(json!({"participants": ["{outsider}"]})),
        row("update_participant").body(json!({"role": "admin"})),
        row("remove_participant"),
        row("list_bans").query(PAGE),
        row("ban_user").body(json!({"reason": "{text}"})),
        row("lift_ban").in_path(&[("user", "banned")]),
        row("mark_read").body(json!({"seq": 1})),
        row("mark_delivered").body(json!({"seq": 1})),
        row("get_unread"),
    ]
}
