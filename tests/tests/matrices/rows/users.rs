use serde_json::json;

use crate::row::Actor::{Acting, Server, User};
use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];

/// Users, their tokens, and the tenant's settings.
pub fn rows() -> Vec<Row> {
    let user = json!({"external_id": "{external_user}", "email": "{email}", "name": "{text}"});
    let activity = json!({"event_type": "login", "data": {"$note": "{text}"}});
    vec![
        row("list_users").query(PAGE),
        row("list_users").query(&[("email", "{email}")]),
        row("upsert_user").body(user.clone()),
        row("upsert_users").body(json!({"users": [user]})),
        row("get_user"),
        row("update_user")
            .only(&[Server])
            .body(json!({"email": "{email}"})),
        row("update_user")
            .only(&[User, Acting])
            .body(json!({"metadata": {"note": "{text}"}}))
            .own_user(),
        row("delete_user"),
        row("deactivate_user"),
        row("reactivate_user"),
        row("get_profile"),
        row("update_profile")
            .body(json!({"bio": "{text}", "metadata": {"note": "{text}"}}))
            .own_user(),
        row("get_preferences").own_user(),
        row("update_preferences")
            .body(json!({"widgets": {"customizations": {"note": "{text}"}}}))
            .own_user(),
        row("list_messages_of_user").query(PAGE).own_user(),
        row("record_activity")
            .own_user()
            .headers(&[("Idempotency-Key", "{key}")])
            .body(activity),
        row("list_activities_of_user").query(PAGE).own_user(),
        row("list_activities").query(&[
            ("event_type", "caas.joined"),
            ("limit", "1"),
            ("cursor", "{cursor}"),
        ]),
        row("export_user"),
        row("erase_user"),
        row("get_retention"),
        row("set_retention").body(json!({"days": 30})),
        row("get_retention_of_conversation"),
        row("set_retention_of_conversation").body(json!({"days": 30})),
        row("get_retention_of_user"),
        row("set_retention_of_user").body(json!({"legal_hold": false})),
        row("get_erasure"),
        row("create_token").body(json!({"expires_in": 60})),
        row("revoke_user_tokens"),
        row("revoke_application_tokens").body(json!({"before": "2020-01-01T00:00:00.000Z"})),
        row("get_settings"),
        row("update_settings").body(json!({"create_users": true})),
    ]
}
