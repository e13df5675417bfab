use serde_json::json;

use crate::row::Actor::{Acting, Server, User};
use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];
const KEPT: &[(&str, &str)] = &[("device", "kept_device")];
const OWN: &[(&str, &str)] = &[("device", "own_device")];
const REQUESTED: &[(&str, &str)] = &[
    ("state", "requested"),
    ("limit", "1"),
    ("cursor", "{cursor}"),
];

/// A user's own log, relationships and devices.
pub fn rows() -> Vec<Row> {
    let browser = json!({"platform": "web", "name": "{text}"});
    vec![
        row("get_user_log", "user_log").own_user(),
        row("list_relationships", "user_relationships")
            .query(REQUESTED)
            .own_user(),
        row("get_relationship", "user_relationships").own_user(),
        row("change_relationship", "user_relationships")
            .body(json!({"action": "request"}))
            .own_user(),
        row("update_relationship", "user_relationships")
            .body(json!({"remark": "{text}"}))
            .own_user(),
        row("list_devices", "user_devices").query(PAGE).own_user(),
        row("register_device", "user_devices")
            .only(&[Server])
            .body(browser),
        row("update_device", "user_devices")
            .only(&[Server])
            .in_path(KEPT)
            .body(json!({"name": "{text}"})),
        row("update_device", "user_devices")
            .only(&[User, Acting])
            .own_user()
            .in_path(OWN)
            .body(json!({"name": "{text}"})),
        row("remove_device", "user_devices")
            .only(&[Server])
            .in_path(KEPT),
    ]
}
