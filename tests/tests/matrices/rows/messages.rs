use serde_json::json;

use crate::row::{Row, row};

/// Messages, reactions and the log.
pub fn rows() -> Vec<Row> {
    let message = json!({"content": "{text}", "client_message_id": "{client_message_id}", "thread_id": "{message}"});
    vec![
        row("list_messages").query(&[("cursor", "{message}")]),
        row("list_messages").query(&[("around", "{message}")]),
        row("send_message").body(message),
        row("send_message")
            .headers(&[("Idempotency-Key", "{key}")])
            .body(json!({"content": "{text}"})),
        row("get_message"),
        row("update_message").body(json!({"content": "{text}"})),
        row("delete_message"),
        row("get_message_status"),
        row("add_reaction"),
        row("remove_reaction"),
        row("get_log"),
    ]
}
