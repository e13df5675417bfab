use serde_json::json;

use crate::row::{Row, row};

/// Messages, reactions and the log.
pub fn rows() -> Vec<Row> {
    let file = json!({"file_id": "{file}", "poster_file_id": "{file}"});
    let message = json!({
        "content": "{text}", "client_message_id": "{client_message_id}", "thread_id": "{message}",
        "attachments": [file],
    });
    let edit = json!({"content": "{text}", "attachments": [file]});
    vec![
        row("list_messages", "messages").query(&[("cursor", "{message}")]),
        row("list_messages", "messages").query(&[("around", "{message}")]),
        row("send_message", "messages").body(message),
        row("send_message", "idempotency_keys")
            .headers(&[("Idempotency-Key", "{key}")])
            .body(json!({"content": "{text}"})),
        row("get_message", "messages"),
        row("update_message", "messages").body(edit),
        row("delete_message", "messages"),
        row("get_message_status", "read_receipts"),
        row("add_reaction", "reactions"),
        row("remove_reaction", "reactions"),
        row("get_log", "messages"),
    ]
}
