use serde_json::json;

use crate::row::Actor::{Acting, Server, User};
use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];
const OWN: &[(&str, &str)] = &[("app", "own_app"), ("data_key", "own_data_key")];
const NEW: &[(&str, &str)] = &[("app", "new_app"), ("data_key", "new_data_key")];

/// App data: any user's for a server, their own for a user.
pub fn rows() -> Vec<Row> {
    vec![
        row("list_app_data", "app_data")
            .query(PAGE)
            .own_user()
            .in_path(OWN),
        row("create_app_data", "user_quotas")
            .only(&[Server])
            .in_path(NEW)
            .body(json!({"data_key": "{new_data_key}", "value": 1})),
        row("get_app_data", "app_data").only(&[Server]),
        row("get_app_data", "app_data")
            .only(&[User, Acting])
            .own_user()
            .in_path(OWN),
        row("put_app_data", "app_data")
            .only(&[Server])
            .in_path(NEW)
            .body(json!({"value": "{text}"})),
        row("delete_app_data", "app_data").only(&[Server]),
    ]
}
