//! Access to operations: the classes of callers, and the scopes that API keys need.

use std::collections::HashMap;

use axum::extract::MatchedPath;
use axum::http::{Extensions, Method};
use base::Result;
use domain::auth::AuthContext;
use domain::tenants::Scope;

/// Class of callers that may call an operation.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Access {
    /// Any client, without a credential.
    Anyone,
    /// The client of an application, by its publishable key.
    Publishable,
    /// A server with its API key, with or without an acting user, and a user
    /// with their token.
    Caller,
    /// A server with its API key and without an acting user.
    Server,
    /// A user: with their token, or through a server that acts as them.
    User,
}

/// Requirements of an operation.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Policy {
    /// The class of callers.
    pub access: Access,
    /// The scopes that an API key must have, all of them.
    pub scopes: &'static [Scope],
}

impl Policy {
    /// Checks that the policy allows a caller.
    ///
    /// # Errors
    /// 403 `scope_missing` or `forbidden`.
    pub(crate) fn authorize(self, auth: &AuthContext) -> Result<()> {
        self.scopes
            .iter()
            .try_for_each(|scope| auth.require(*scope))?;
        match self.access {
            // Handlers of publishable keys extract a visitor instead.
            Access::Anyone | Access::Publishable | Access::Caller => Ok(()),
            Access::Server => auth.require_server(),
            Access::User => auth.actor.user().map(drop),
        }
    }
}

/// Policies of the routes, by method and path template.
#[derive(Debug, Default)]
pub(crate) struct PolicyTable(HashMap<(Method, String), Policy>);

impl PolicyTable {
    /// Returns the policy of a routed request. `HEAD` has the policy of `GET`,
    /// whose handler serves it.
    pub(crate) fn find(&self, method: &Method, extensions: &Extensions) -> Option<Policy> {
        let path = extensions.get::<MatchedPath>()?.as_str().to_owned();
        let method = if method == Method::HEAD {
            Method::GET
        } else {
            method.clone()
        };
        self.0.get(&(method, path)).copied()
    }
}

impl FromIterator<((Method, String), Policy)> for PolicyTable {
    fn from_iter<I: IntoIterator<Item = ((Method, String), Policy)>>(policies: I) -> Self {
        Self(policies.into_iter().collect())
    }
}

/// Operation of the API, for tests that must cover all of them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Operation {
    /// The method.
    pub method: Method,
    /// The path template, with its parameters in braces.
    pub path: String,
    /// The operation id in OpenAPI.
    pub id: &'static str,
    /// The class of callers; `None` if the route has no policy.
    pub access: Option<Access>,
    /// The scopes that an API key must have, all of them.
    pub scopes: Vec<&'static str>,
}
