//! Every operation has a policy, and a response shows only what the scopes of
//! its operation allow.

use std::collections::BTreeSet;

use domain::tenants::{Scope, Scopes};
use serde_json::Value;

use super::openapi::DOCUMENT;
use crate::{Access, Operation, operations};

#[test]
fn operation_of_a_tenant_needs_a_scope() {
    for operation in operations() {
        let is_public = matches!(operation.access, Some(Access::Anyone | Access::Publishable));
        assert_eq!(operation.scopes.is_empty(), is_public, "{}", operation.id);
    }
}

/// Read scopes of resources, by the name of their schema. A `UserSummary`, the
/// name and avatar of a user, is part of every response that names a user.
const RESOURCES: &[(&str, Scope)] = &[
    ("Activity", Scope::UsersRead),
    ("AnalyticsEvent", Scope::AnalyticsRead),
    ("AppDatum", Scope::UsersRead),
    ("Ban", Scope::ConversationsRead),
    ("Conversation", Scope::ConversationsRead),
    ("Device", Scope::UsersRead),
    ("Receipt", Scope::MessagesRead),
    ("Message", Scope::MessagesRead),
    ("MessageStatus", Scope::MessagesRead),
    ("Metric", Scope::AnalyticsRead),
    ("Participant", Scope::ConversationsRead),
    ("Preferences", Scope::UsersRead),
    ("Profile", Scope::UsersRead),
    ("Relationship", Scope::UsersRead),
    ("Session", Scope::UsersRead),
    ("Identity", Scope::UsersRead),
    ("Retention", Scope::SettingsRead),
    ("TenantSettings", Scope::SettingsRead),
    ("UnreadTotals", Scope::MessagesRead),
    ("User", Scope::UsersRead),
    ("UserRecord", Scope::UsersRead),
    ("File", Scope::FilesRead),
    ("ConversationFile", Scope::FilesRead),
    ("Integration", Scope::IntegrationsRead),
    ("PlatformLink", Scope::IntegrationsRead),
    ("ChannelAssignment", Scope::IntegrationsRead),
    ("WebhookEvent", Scope::IntegrationsRead),
    ("SupportTicket", Scope::IntegrationsRead),
];

/// Schemas that contain no resource of a tenant.
const OTHER: &[&str] = &[
    "Attachment",
    "BanEvent",
    "Includes",
    "ConversationEvent",
    "Dashboard",
    "Emoji",
    "NotificationChannel",
    "Notifications",
    "PreferencesContent",
    "QuietHours",
    "Widgets",
    "ErasedDocuments",
    "Erasure",
    "Event",
    "EventCounts",
    "EventsTaken",
    "FileVariant",
    "IntegrationSettings",
    "LimitEntry",
    "Limits",
    "LogPage",
    "MessagesExpiredEvent",
    "MyConversation",
    "ReactionEvent",
    "ParticipantEvent",
    "PlatformAlias",
    "Record",
    "SignedLink",
    "AuthFlow",
    "Token",
    "TokensRevoked",
    "Usage",
    "UsageMetric",
    "UserSummary",
    "UserErasedEvent",
    "UserLogPage",
    "WebhookReplayed",
];

/// Resources that are omitted from a response unless the key may read them. Each
/// is covered by a test of its operation.
const OMITTED: &[(&str, &str)] = &[
    ("list_conversations", "Message"),
    ("get_conversation", "Message"),
    ("create_conversation", "Message"),
    ("update_conversation", "Message"),
    ("set_conversation_avatar", "Message"),
    ("list_events", "User"),
    ("list_events", "Profile"),
    ("list_events", "Preferences"),
];

/// Responses other than JSON, with the scopes that they need.
const FILES: &[(&str, Scope)] = &[
    ("export_user", Scope::ExportRead),
    ("export_events", Scope::AnalyticsRead),
];

#[test]
fn response_needs_the_read_scope_of_each_resource_in_it() {
    let document = &*DOCUMENT;
    let mut missing = Vec::new();
    for Operation {
        method,
        path,
        id,
        access,
        scopes,
    } in operations()
    {
        if matches!(access, Some(Access::Anyone | Access::Publishable)) {
            continue;
        }
        let granted = Scopes::parse(&scopes).unwrap();
        let pointer = format!(
            "/paths/{}/{}/responses",
            path.replace('/', "~1"),
            method.as_str().to_lowercase()
        );
        for name in schemas(document, document.pointer(&pointer).unwrap()) {
            let needed = RESOURCES
                .iter()
                .find(|(resource, _)| *resource == name)
                .map(|(_, scope)| *scope);
            let is_omitted = OMITTED.contains(&(id, name.as_str()));
            if needed.is_some_and(|scope| !granted.allow(scope)) && !is_omitted {
                missing.push(format!("{id} shows {name} for {scopes:?}"));
            }
            let is_plain = document["components"]["schemas"][&name]["properties"].is_null();
            if needed.is_none() && !is_plain && !OTHER.contains(&name.as_str()) {
                missing.push(format!("{id} shows {name}, whose scope is not listed"));
            }
        }
    }
    assert!(missing.is_empty(), "{missing:#?}");
    for (id, scope) in FILES {
        let operation = operations()
            .into_iter()
            .find(|operation| operation.id == *id);
        assert_eq!(operation.unwrap().scopes, [scope.as_str()], "{id}");
    }
}

/// Returns the schemas of all resources in the successful responses. Pages and
/// lists are named after their entries, such as `Page_WithIncludes_Activity`.
fn schemas(document: &Value, responses: &Value) -> BTreeSet<String> {
    let successes = responses
        .as_object()
        .unwrap()
        .iter()
        .filter(|(status, _)| status.starts_with('2'));
    let mut open: Vec<&Value> = successes.map(|(_, response)| response).collect();
    let mut seen = BTreeSet::new();
    while let Some(value) = open.pop() {
        if let Some(name) = value["$ref"]
            .as_str()
            .and_then(|path| path.strip_prefix("#/components/schemas/"))
            && seen.insert(name.to_owned())
        {
            open.push(&document["components"]["schemas"][name]);
        }
        match value {
            Value::Object(fields) => open.extend(fields.values()),
            Value::Array(items) => open.extend(items),
            _ => {}
        }
    }
    let resource = |name: String| name.rsplit('_').next().unwrap_or_default().to_owned();
    seen.into_iter().map(resource).collect()
}
