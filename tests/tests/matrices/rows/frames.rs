use serde_json::{Value, json};

/// The contents of a frame that succeeds with own ids.
#[derive(Debug, Clone)]
pub struct FrameRow {
    /// The main collection that the frame reads or writes.
    pub collection: &'static str,
    /// The frame.
    pub frame: Value,
    /// The type of the frame that confirms success.
    pub proof: &'static str,
}

/// Returns at least one row for each type of frame.
pub fn frames() -> Vec<FrameRow> {
    let row = |collection, frame: Value, proof| FrameRow {
        collection,
        frame,
        proof,
    };
    vec![
        row(
            "messages",
            json!({"t": "hello", "token": "{token}", "cursors": {"{conversation}": 0}}),
            "event",
        ),
        row(
            "user_devices",
            json!({"t": "hello", "token": "{token}", "device_id": "{device}", "epoch": "{epoch}"}),
            "ready",
        ),
        row(
            "messages",
            json!({"t": "resume", "cursors": {"{conversation}": 0}}),
            "event",
        ),
        row("messages", send(), "sent"),
        row(
            "read_receipts",
            json!({"t": "ack", "conversation_id": "{conversation}", "seq": 1}),
            "ok",
        ),
        row(
            "messages",
            json!({"t": "get", "conversation_id": "{conversation}", "from": 1, "to": 9}),
            "range",
        ),
        row(
            "user_log",
            json!({"t": "user_get", "from": 1, "to": 9}),
            "user_range",
        ),
        row(
            "typing_indicators",
            json!({"t": "typing", "conversation_id": "{conversation}"}),
            "ok",
        ),
        row(
            "read_receipts",
            json!({"t": "read", "conversation_id": "{conversation}", "seq": 1}),
            "ok",
        ),
        row(
            "presence",
            json!({"t": "presence", "user_ids": ["{owner}"], "conversation_id": "{conversation}"}),
            "presence.changed",
        ),
        row("users", json!({"t": "auth", "token": "{token}"}), "ok"),
        row("presence", json!({"t": "ping"}), "pong"),
    ]
}

fn send() -> Value {
    json!({
        "t": "send", "conversation_id": "{conversation}", "thread_id": "{message}", "content": "{text}",
        "client_message_id": "{client_message_id}",
        "attachments": [{"file_id": "{user_file}", "poster_file_id": "{user_file}"}],
    })
}
