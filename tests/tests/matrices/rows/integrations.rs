use serde_json::json;

use crate::row::{Row, row};

const PAGE: &[(&str, &str)] = &[("limit", "1"), ("cursor", "{cursor}")];
const CHANNEL: &[(&str, &str)] = &[("conversation", "channel")];
const CLIENT: &[(&str, &str)] = &[("user", "client")];

/// Integrations with platforms, and the channels of clients.
pub fn rows() -> Vec<Row> {
    let new = json!({
        "platform": "whatsapp", "integration_name": "{text}", "business_account_id": "1",
        "phone_number_id": "{phone_number}", "access_token": "a", "app_secret": "b",
        "verify_token": "c", "settings": {"staff": ["{user}"]},
    });
    vec![
        row("verify_meta_webhook", "webhook_events").query(&[
            ("hub.mode", "subscribe"),
            ("hub.challenge", "1158201444"),
            ("hub.verify_token", "verify"),
        ]),
        row("receive_meta_webhook", "webhook_events").raw("application/json", "x"),
        row("list_integrations", "platform_integrations").query(PAGE),
        row("create_integration", "platform_integrations").body(new),
        row("get_integration", "platform_integrations"),
        row("update_integration", "platform_integrations")
            .body(json!({"integration_name": "{text}", "settings": {"staff": ["{user}"]}})),
        row("delete_integration", "platform_integrations")
            .in_path(&[("integration", "spare_integration")]),
        row("list_platform_links", "client_platform_links").in_path(CLIENT),
        row("list_platform_links", "client_platform_aliases").in_path(CLIENT),
        row("list_channel_assignments", "client_channel_assignments")
            .in_path(CLIENT)
            .query(PAGE),
        row("assign_channel", "client_channel_assignments")
            .in_path(CLIENT)
            .body(json!({"staff": ["{outsider}"]})),
        row("list_support_tickets", "support_tickets").query(PAGE),
        row("list_support_tickets", "support_tickets").query(&[("assignee", "{user}")]),
        row("list_notes", "messages").in_path(CHANNEL).query(PAGE),
        row("get_support_ticket", "support_tickets").in_path(CHANNEL),
        row("update_support_ticket", "support_tickets")
            .in_path(CHANNEL)
            .body(json!({"status": "resolved", "assignee": "{user}", "labels": ["a"]})),
        row("list_webhook_events", "webhook_events").query(PAGE),
        row("replay_webhook_events", "webhook_events").body(json!({"state": "failed"})),
    ]
}
