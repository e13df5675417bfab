use serde_json::{Value, json};

use crate::row::Actor::{Acting, Server, User};
use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];

/// Events, their counts and their export.
pub fn rows() -> Vec<Row> {
    let batch = |user| json!({"events": [event(user)]});
    vec![
        row("record_event", "events")
            .only(&[Server])
            .body(event("{user}")),
        row("record_event", "events")
            .only(&[User, Acting])
            .body(event("{owner}")),
        row("record_events", "events")
            .only(&[Server])
            .body(batch("{user}")),
        row("record_events", "events")
            .only(&[User, Acting])
            .body(batch("{owner}")),
        row("list_events", "events").query(PAGE),
        row("list_events", "events").query(&[
            ("user_id", "{owner}"),
            ("limit", "1"),
            ("cursor", "{cursor}"),
        ]),
        row("export_events", "events"),
        row("count_events", "events").query(&[("user_id", "{owner}")]),
        row("list_metrics", "metrics").query(&[
            ("granularity", "hour"),
            ("limit", "1"),
            ("cursor", "{cursor}"),
        ]),
    ]
}

fn event(user: &str) -> Value {
    json!({
        "event_id": "{event}", "name": "{text}", "category": "custom", "user_id": user, "data": {"$note": "{text}"},
    })
}
