//! Examples of integrations with platforms.

use serde_json::{Value, json};

const INTEGRATION: &str = "65a1b2c3d4e5f60718294001";
const CLIENT: &str = "65a1b2c3d4e5f60718293a03";
const CHANNEL: &str = "65a1b2c3d4e5f60718293b02";
const OBJECT: &str = "65a1b2c3d4e5f60718294002";
const TIME: &str = "2026-01-31T12:00:00.000Z";
const WINDOW: &str = "2026-02-01T12:00:00.000Z";

/// Returns the example of a schema.
pub(super) fn example(name: &str) -> Option<Value> {
    Some(match name {
        "Integration" => json!({
            "id": INTEGRATION, "platform": "whatsapp", "integration_name": "Support",
            "webhook_url": format!(
                "https://chat.example.com/v1/webhooks/meta/clnt_65a1b2c3d4e5f60718293f01/{INTEGRATION}"
            ),
            "business_phone": "+49 30 1234567", "business_account_id": "102290129340398",
            "phone_number_id": "106540352242922",
            "settings": { "unknown_sender": "create", "staff": [] },
            "is_active": true, "reauthorization_required": false, "created_at": TIME,
            "updated_at": TIME, "version": 1,
        }),
        "NewIntegration" => json!({
            "platform": "whatsapp", "integration_name": "Support",
            "business_phone": "+49 30 1234567", "business_account_id": "102290129340398",
            "phone_number_id": "106540352242922", "access_token": "EAAG1234",
            "app_secret": "0123456789abcdef0123456789abcdef", "verify_token": "meatyhamhock",
            "settings": { "staff": ["ext:alice"] },
        }),
        "IntegrationPatch" => json!({ "integration_name": "Sales", "version": 1 }),
        "PlatformLink" => json!({
            "id": OBJECT, "client_user_id": CLIENT, "platform_integration_id": INTEGRATION,
            "platform_user_id": "16505551234",
            "aliases": [{ "kind": "phone", "value": "16505551234" }],
            "verification_status": "verified", "verified_at": TIME, "last_inbound_at": TIME,
            "window_ends_at": WINDOW, "created_at": TIME,
        }),
        "ChannelAssignment" => json!({
            "id": OBJECT, "client_user_id": CLIENT, "channel_id": CHANNEL, "assigned_at": TIME,
            "is_active": true,
        }),
        "NewChannelAssignment" => json!({ "staff": ["ext:alice"] }),
        "SupportTicket" => json!({
            "conversation_id": CHANNEL, "client_user_id": CLIENT,
            "platform_integration_id": INTEGRATION, "status": "open", "waiting_since": TIME,
            "window_ends_at": WINDOW, "last_message_at": TIME, "labels": ["refund"],
            "created_at": TIME, "version": 2,
        }),
        "SupportTicketPatch" => json!({ "assignee": "ext:alice", "labels": ["refund"] }),
        "WebhookEvent" => json!({
            "id": OBJECT, "platform": "whatsapp", "kind": "message",
            "account_id": "106540352242922", "external_id": "wamid.HBgL", "user_id": CLIENT,
            "state": "processed", "attempts": 1, "created_at": TIME,
        }),
        "WebhookReplay" => json!({ "state": "failed" }),
        "WebhookReplayed" => json!({ "events": 3 }),
        _ => return None,
    })
}
