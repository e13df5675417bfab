//! Who may do what: one line for each operation.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::{MatchedPath, Request};
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use base::Result;
use domain::auth::AuthContext;
use domain::tenants::Scope;

use crate::routes::Route;

/// Who may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Who {
    /// Everybody, without a credential.
    Anyone,
    /// A server with its API key, on its own behalf or as a user, and a user
    /// with their token.
    Caller,
    /// A server with its API key on its own behalf only.
    Server,
    /// A user: with their token, or through a server that acts as them.
    User,
}

/// What an operation demands.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The operation's id in OpenAPI.
    pub operation: &'static str,
    /// Who may call it.
    pub who: Who,
    /// What an API key must be allowed: all of them.
    pub scopes: &'static [Scope],
}

macro_rules! policies {
    ($($who:ident $scopes:tt => { $($operation:ident),+ $(,)? })+) => {
        /// Every operation. A route without a line here does not start.
        const POLICIES: &[Policy] = &[$($(
            Policy { operation: stringify!($operation), who: Who::$who, scopes: scopes!($scopes) },
        )+)+];
    };
}

macro_rules! scopes {
    ([$($scope:ident),*]) => { &[$(Scope::$scope),*] };
}

policies! {
    Anyone [] => { get_limits, get_health, get_readiness, get_openapi, get_docs }
    Caller [UsersRead] => { get_user, get_user_log, list_activities_of_user }
    Caller [UsersWrite] => { update_user, record_activity }
    Caller [UsersRead] => { get_profile, get_preferences, get_app_data, list_app_data }
    Caller [UsersWrite] => {
        update_profile, update_preferences, create_app_data, put_app_data, delete_app_data,
    }
    Caller [UsersRead] => { list_relationships, get_relationship, list_devices }
    Caller [UsersWrite] => {
        change_relationship, update_relationship, register_device, update_device, remove_device,
    }
    Server [UsersRead] => { list_users, list_activities }
    Server [UsersWrite] => { upsert_user, upsert_users, delete_user, deactivate_user, reactivate_user }
    Server [UsersRead] => { get_erasure }
    Server [UsersWrite] => { erase_user }
    Server [ExportRead] => { export_user }
    Server [TokensWrite] => { create_token, revoke_user_tokens, revoke_application_tokens }
    Server [SettingsRead] => { get_settings }
    Server [SettingsWrite] => { update_settings }
    Server [SettingsRead] => { get_retention, get_retention_of_conversation, get_retention_of_user }
    Server [SettingsWrite] => { set_retention, set_retention_of_conversation, set_retention_of_user }
    Caller [AnalyticsWrite] => { record_event, record_events }
    Server [AnalyticsRead] => { list_events, export_events, count_events, list_metrics }
    User [ConversationsRead] => { list_conversations }
    User [ConversationsWrite] => { join_conversation, leave_conversation }
    Caller [ConversationsRead] => { get_conversation, list_participants, list_bans }
    Caller [ConversationsWrite] => {
        create_conversation, update_conversation, delete_conversation,
        add_participants, update_participant, remove_participant, ban_user, lift_ban,
    }
    User [MessagesRead] => { get_unread }
    User [MessagesWrite] => { send_message, update_message, add_reaction, remove_reaction, mark_read, mark_delivered }
    Caller [MessagesRead] => { list_messages, get_message, get_message_status, list_messages_of_user }
    Caller [MessagesRead, ConversationsRead] => { get_log }
    Caller [MessagesWrite] => { delete_message }
}

/// An operation of the API, for tests that must cover them all.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path with its parameters in braces.
    pub path: String,
    /// The operation's id in OpenAPI.
    pub id: &'static str,
    /// Who may call it; `None` when the table has no line for it.
    pub who: Option<Who>,
    /// What an API key must be allowed: all of them.
    pub scopes: Vec<&'static str>,
}

/// Every operation of the router, in the order of paths.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let mut routes = crate::router::routes().operations;
    routes.sort_by(|one, other| one.path.cmp(&other.path));
    let operation = |Route { method, path, id }| {
        let policy = Policy::named(id);
        let scopes = policy.map(|policy| policy.scopes).unwrap_or_default();
        let scopes = scopes.iter().map(|scope| scope.as_str()).collect();
        Operation {
            method,
            path,
            id,
            who: policy.map(|policy| policy.who),
            scopes,
        }
    };
    routes.into_iter().map(operation).collect()
}

type Table = HashMap<(Method, String), Policy>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let routes = crate::router::routes().operations.into_iter();
    routes
        .filter_map(|route| Some(((route.method, route.path), Policy::named(route.id)?)))
        .collect()
});

impl Policy {
    /// Operations by which an operator's machines watch the server.
    pub(crate) const PROBES: &[&str] = &["get_health", "get_readiness"];

    /// What the operation of this id demands.
    pub(crate) fn named(id: &str) -> Option<Self> {
        POLICIES
            .iter()
            .find(|policy| policy.operation == id)
            .copied()
    }

    /// Returns the policy of the operation that a request names. `HEAD` has the
    /// policy of `GET`, whose handler serves it.
    pub(crate) fn of(parts: &Parts) -> Option<Self> {
        Self::at(&parts.method, &parts.extensions)
    }

    /// The same of a request that still has its body.
    pub(crate) fn of_request(request: &Request) -> Option<Self> {
        Self::at(request.method(), request.extensions())
    }

    fn at(method: &Method, extensions: &Extensions) -> Option<Self> {
        let path = extensions.get::<MatchedPath>()?.as_str().to_owned();
        let method = if method == Method::HEAD {
            Method::GET
        } else {
            method.clone()
        };
        TABLE.get(&(method, path)).copied()
    }

    /// Lets a caller through.
    ///
    /// # Errors
    /// 403 `scope_missing` or `forbidden`.
    pub(crate) fn admit(self, caller: &AuthContext) -> Result<()> {
        self.scopes
            .iter()
            .try_for_each(|scope| caller.require(*scope))?;
        match self.who {
            Who::Anyone | Who::Caller => Ok(()),
            Who::Server => caller.require_server(),
            Who::User => caller.actor.user().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::Value;

    use super::*;

    #[test]
    fn the_table_and_the_router_name_the_same_operations() {
        let mut answered: Vec<&str> = operations()
            .into_iter()
            .map(|operation| operation.id)
            .collect();
        let mut listed: Vec<&str> = POLICIES.iter().map(|policy| policy.operation).collect();
        answered.sort_unstable();
        listed.sort_unstable();
        assert_eq!(answered, listed);
    }

    #[test]
    fn whoever_names_a_tenant_needs_a_scope() {
        for policy in POLICIES {
            assert_eq!(
                policy.scopes.is_empty(),
                policy.who == Who::Anyone,
                "{}",
                policy.operation
            );
        }
    }

    /// The scope by which the content of a resource is read, by the name of
    /// its schema. A `UserSummary`, the name and picture by which people see each
    /// other, is part of whatever names a user.
    const RESOURCES: &[(&str, Scope)] = &[
        ("Activity", Scope::UsersRead),
        ("AnalyticsEvent", Scope::AnalyticsRead),
        ("AppDatum", Scope::UsersRead),
        ("Ban", Scope::ConversationsRead),
        ("Conversation", Scope::ConversationsRead),
        ("Device", Scope::UsersRead),
        ("Mark", Scope::MessagesRead),
        ("Message", Scope::MessagesRead),
        ("MessageStatus", Scope::MessagesRead),
        ("Metric", Scope::AnalyticsRead),
        ("Participant", Scope::ConversationsRead),
        ("Preferences", Scope::UsersRead),
        ("Profile", Scope::UsersRead),
        ("Relationship", Scope::UsersRead),
        ("Retention", Scope::SettingsRead),
        ("TenantSettings", Scope::SettingsRead),
        ("UnreadTotals", Scope::MessagesRead),
        ("User", Scope::UsersRead),
        ("UserRecord", Scope::UsersRead),
    ];

    /// Schemas that tell no resource of a tenant.
    const OTHER: &[&str] = &[
        "Attachment",
        "BanEvent",
        "Beside",
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
        "LimitEntry",
        "Limits",
        "LogPage",
        "MessagesExpiredEvent",
        "MyConversation",
        "ReactionEvent",
        "ParticipantEvent",
        "Record",
        "Token",
        "TokensRevoked",
        "UserCard",
        "UserErasedEvent",
        "UserLogPage",
    ];

    /// Content that is left out of a response unless the key may read it too,
    /// each proven by a test of its operation.
    const LEFT_OUT: &[(&str, &str)] = &[
        ("list_conversations", "Message"),
        ("get_conversation", "Message"),
        ("create_conversation", "Message"),
        ("update_conversation", "Message"),
        ("list_events", "User"),
        ("list_events", "Profile"),
        ("list_events", "Preferences"),
    ];

    /// Responses that are no JSON, with the scope that they need.
    const FILES: &[(&str, Scope)] = &[
        ("export_user", Scope::ExportRead),
        ("export_events", Scope::AnalyticsRead),
    ];

    #[test]
    fn whoever_reads_a_resource_by_any_operation_needs_its_read_scope() {
        let document = &*crate::openapi::DOCUMENT;
        let mut missing = Vec::new();
        for Operation {
            method,
            path,
            id,
            who,
            scopes,
        } in operations()
        {
            if who == Some(Who::Anyone) {
                continue;
            }
            let granted = domain::tenants::Scopes::parse(&scopes).unwrap();
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
                let is_left_out = LEFT_OUT.contains(&(id, name.as_str()));
                if needed.is_some_and(|scope| !granted.allow(scope)) && !is_left_out {
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
            assert_eq!(Policy::named(id).unwrap().scopes, [*scope], "{id}");
        }
    }

    /// The resources that successful responses hold, however deep. Pages and
    /// lists are named after their entries, such as `Page_Expanded_Activity`.
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
}
