//! Who may do what: one line for each operation.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::MatchedPath;
use axum::http::Method;
use axum::http::request::Parts;
use base::Result;
use domain::platform::{Caller, Scope};

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
    /// What an API key must be allowed.
    pub scope: Option<Scope>,
}

macro_rules! policies {
    ($($who:ident $scope:expr => { $($operation:ident),+ $(,)? })+) => {
        /// Every operation. A route without a line here does not start.
        const POLICIES: &[Policy] = &[$($(
            Policy { operation: stringify!($operation), who: Who::$who, scope: $scope },
        )+)+];
    };
}

policies! {
    Anyone None => { get_limits, get_health, get_readiness, get_openapi, get_docs }
    Caller Some(Scope::UsersRead) => { get_user, list_messages_of_user, get_user_log, list_activities_of_user }
    Caller Some(Scope::UsersWrite) => { update_user, record_activity }
    Caller Some(Scope::UsersRead) => { get_profile, get_preferences, get_app_data, list_app_data }
    Caller Some(Scope::UsersWrite) => {
        update_profile, update_preferences, create_app_data, put_app_data, delete_app_data,
    }
    Caller Some(Scope::UsersRead) => { list_relationships, get_relationship, list_devices }
    Caller Some(Scope::UsersWrite) => {
        change_relationship, update_relationship, register_device, update_device, remove_device,
    }
    Server Some(Scope::UsersRead) => { list_users, list_activities }
    Server Some(Scope::UsersWrite) => { upsert_user, upsert_users, delete_user, deactivate_user, reactivate_user }
    Server Some(Scope::UsersRead) => { get_erasure, export_user }
    Server Some(Scope::UsersWrite) => { erase_user }
    Server Some(Scope::TokensWrite) => { create_token, revoke_user_tokens, revoke_application_tokens }
    Server Some(Scope::SettingsRead) => { get_settings }
    Server Some(Scope::SettingsWrite) => { update_settings }
    Server Some(Scope::SettingsRead) => { get_retention, get_retention_of_conversation, get_retention_of_user }
    Server Some(Scope::SettingsWrite) => { set_retention, set_retention_of_conversation, set_retention_of_user }
    Caller Some(Scope::AnalyticsWrite) => { record_event, record_events }
    Server Some(Scope::AnalyticsRead) => { list_events, export_events, count_events, list_metrics }
    User Some(Scope::ConversationsRead) => { list_conversations }
    User Some(Scope::ConversationsWrite) => { join_conversation, leave_conversation }
    Caller Some(Scope::ConversationsRead) => { get_conversation, list_participants, list_bans }
    Caller Some(Scope::ConversationsWrite) => {
        create_conversation, update_conversation, delete_conversation,
        add_participants, update_participant, remove_participant, ban_user, lift_ban,
    }
    User Some(Scope::MessagesRead) => { get_unread }
    User Some(Scope::MessagesWrite) => { send_message, update_message, add_reaction, remove_reaction, mark_read, mark_delivered }
    Caller Some(Scope::MessagesRead) => { list_messages, get_message, get_message_status, get_log }
    Caller Some(Scope::MessagesWrite) => { delete_message }
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
    /// What an API key must be allowed.
    pub scope: Option<&'static str>,
}

/// Every operation of the router, in the order of paths.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let mut routes = crate::router::routes().operations;
    routes.sort_by(|one, other| one.path.cmp(&other.path));
    let operation = |Route { method, path, id }| {
        let policy = Policy::named(id);
        let scope = policy.and_then(|policy| policy.scope).map(Scope::as_str);
        Operation { method, path, id, who: policy.map(|policy| policy.who), scope }
    };
    routes.into_iter().map(operation).collect()
}

type Table = HashMap<(Method, String), Policy>;

static TABLE: LazyLock<Table> = LazyLock::new(|| {
    let routes = crate::router::routes().operations.into_iter();
    routes.filter_map(|route| Some(((route.method, route.path), Policy::named(route.id)?))).collect()
});

impl Policy {
    /// What the operation of this id demands.
    pub(crate) fn named(id: &str) -> Option<Self> {
        POLICIES.iter().find(|policy| policy.operation == id).copied()
    }

    /// Returns the policy of the operation that a request names. `HEAD` has the
    /// policy of `GET`, whose handler serves it.
    pub(crate) fn of(parts: &Parts) -> Option<Self> {
        let path = parts.extensions.get::<MatchedPath>()?.as_str().to_owned();
        let method = if parts.method == Method::HEAD { Method::GET } else { parts.method.clone() };
        TABLE.get(&(method, path)).copied()
    }

    /// Lets a caller through.
    ///
    /// # Errors
    /// 403 `scope_missing` or `forbidden`.
    pub(crate) fn admit(self, caller: &Caller) -> Result<()> {
        if let Some(scope) = self.scope {
            caller.require(scope)?;
        }
        match self.who {
            Who::Anyone | Who::Caller => Ok(()),
            Who::Server => caller.require_server(),
            Who::User => caller.actor.user().map(drop),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_table_and_the_router_name_the_same_operations() {
        let mut answered: Vec<&str> = operations().into_iter().map(|operation| operation.id).collect();
        let mut listed: Vec<&str> = POLICIES.iter().map(|policy| policy.operation).collect();
        answered.sort_unstable();
        listed.sort_unstable();
        assert_eq!(answered, listed);
    }

    #[test]
    fn whoever_names_a_tenant_needs_a_scope() {
        for policy in POLICIES {
            assert_eq!(policy.scope.is_none(), policy.who == Who::Anyone, "{}", policy.operation);
        }
    }
}
