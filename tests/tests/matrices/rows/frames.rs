use serde_json::{Value, json};

/// How the rest of a frame is filled so that it succeeds with own ids.
#[derive(Debug, Clone)]
pub struct FrameRow {
    /// The frame.
    pub frame: Value,
    /// The kind of frame that shows it to have succeeded.
    pub proof: &'static str,
}

/// At least one row for each kind of frame.
pub fn frames() -> Vec<FrameRow> {
    let row = |frame: Value, proof| FrameRow { frame, proof };
    vec![
        row(
            json!({"t": "hello", "token": "{token}", "cursors": {"{conversation}": 0}}),
            "event",
        ),
        row(
            json!({"t": "hello", "token": "{token}", "device_id": "{device}", "epoch": "{epoch}"}),
            "ready",
        ),
        row(
            json!({"t": "resume", "cursors": {"{conversation}": 0}}),
            "event",
        ),
        row(send(), "sent"),
        row(
            json!({"t": "ack", "conversation_id": "{conversation}", "seq": 1}),
            "ok",
        ),
        row(
            json!({"t": "get", "conversation_id": "{conversation}", "from": 1, "to": 9}),
            "range",
        ),
        row(json!({"t": "user_get", "from": 1, "to": 9}), "user_range"),
        row(
            json!({"t": "typing", "conversation_id": "{conversation}"}),
            "ok",
        ),
        row(
            json!({"t": "read", "conversation_id": "{conversation}", "seq": 1}),
            "ok",
        ),
        row(
            json!({"t": "presence", "user_ids": ["{owner}"], "conversation_id": "{conversation}"}),
            "presence.changed",
        ),
        row(json!({"t": "auth", "token": "{token}"}), "ok"),
        row(json!({"t": "ping"}), "pong"),
    ]
}

fn send() -> Value {
    json!({
        "t": "send", "conversation_id": "{conversation}", "thread_id": "{message}", "content": "{text}",
        "client_message_id": "{client_message_id}",
    })
}
