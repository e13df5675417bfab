use serde_json::json;

use crate::row::Actor::{Acting, Server, User};
use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];

/// Users, their tokens, and the tenant's settings.
pub fn rows() -> Vec<Row> {
    let user = json!({"external_id": "{external_user}", "email": "{email}", "name": "{text}"});
    let activity = json!({"event_type": "login", "data": {"$note": "{text}"}});
    vec![
        row("list_users", "users").query(PAGE),
        row("list_users", "users").query(&[("email", "{email}")]),
        row("upsert_user", "users").body(user.clone()),
        row("upsert_users", "users").body(json!({"users": [user]})),
        row("get_user", "users"),
        row("update_user", "users")
            .only(&[Server])
            .body(json!({"email": "{email}"})),
        row("update_user", "users")
            .only(&[User, Acting])
            .body(json!({"metadata": {"note": "{text}"}}))
            .own_user(),
        row("delete_user", "users"),
        row("deactivate_user", "users"),
        row("reactivate_user", "users"),
        row("get_profile", "profiles"),
        row("update_profile", "profiles")
            .body(json!({"bio": "{text}", "metadata": {"note": "{text}"}}))
            .own_user(),
        row("get_preferences", "preferences").own_user(),
        row("update_preferences", "preferences")
            .body(json!({"widgets": {"customizations": {"note": "{text}"}}}))
            .own_user(),
        row("list_messages_of_user", "messages")
            .query(PAGE)
            .own_user(),
        row("record_activity", "activities")
            .own_user()
            .headers(&[("Idempotency-Key", "{key}")])
            .body(activity),
        row("list_activities_of_user", "activities")
            .query(PAGE)
            .own_user(),
        row("list_activities", "activities").query(&[
            ("event_type", "caas.joined"),
            ("limit", "1"),
            ("cursor", "{cursor}"),
        ]),
        row("export_user", "users"),
        row("erase_user", "erasures"),
        row("get_retention", "retention_rules"),
        row("set_retention", "retention_rules").body(json!({"days": 30})),
        row("get_retention_of_conversation", "retention_rules"),
        row("set_retention_of_conversation", "retention_rules").body(json!({"days": 30})),
        row("get_retention_of_user", "retention_rules"),
        row("set_retention_of_user", "retention_rules").body(json!({"legal_hold": false})),
        row("get_erasure", "erasures"),
        row("create_token", "users").body(json!({"expires_in": 60})),
        row("revoke_user_tokens", "users"),
        row("revoke_application_tokens", "applications")
            .body(json!({"before": "2020-01-01T00:00:00.000Z"})),
        row("get_settings", "tenant_settings"),
        row("update_settings", "tenant_settings").body(json!({"create_users": true})),
    ]
}
