use axum::Router;
use axum::http::Method;
use axum::middleware::from_fn_with_state;
use base::{Error, ErrorCode};

use crate::access::{Operation, PolicyTable};
use crate::error::ApiError;
use crate::routes::{Route, Routes};
use crate::state::AppState;
use crate::{
    activities, analytics, app_data, bans, conversations, devices, docs, erasures, file_content,
    file_links, files, integrations, messages, meta, middleware, openapi, participants,
    platform_webhooks, preferences, profiles, reactions, receipts, relationships, retention,
    sessions, settings, sign_in, support_tickets, tokens, uploads, users,
};

/// Error for an operation without a policy.
#[derive(Debug, thiserror::Error)]
#[error("the operation {id} ({method} {path}) has no policy")]
pub struct Unlisted {
    /// The operation id.
    pub id: &'static str,
    /// The method.
    pub method: Method,
    /// The path template.
    pub path: String,
}

/// Returns the routes of all resources, in the order of their tags in the OpenAPI document.
pub(crate) fn routes() -> Routes {
    users::routes()
        .merge(profiles::routes())
        .merge(preferences::routes())
        .merge(devices::routes())
        .merge(relationships::routes())
        .merge(app_data::routes())
        .merge(activities::routes())
        .merge(erasures::routes())
        .merge(tokens::routes())
        .merge(sign_in::routes())
        .merge(sessions::routes())
        .merge(conversations::routes())
        .merge(participants::routes())
        .merge(bans::routes())
        .merge(messages::routes())
        .merge(files::routes())
        .merge(file_content::routes())
        .merge(file_links::routes())
        .merge(uploads::routes())
        .merge(reactions::routes())
        .merge(receipts::routes())
        .merge(integrations::routes())
        .merge(platform_webhooks::routes())
        .merge(support_tickets::routes())
        .merge(analytics::routes())
        .merge(settings::routes())
        .merge(retention::routes())
        .merge(meta::routes())
        .merge(docs::routes())
}

/// Creates the router of the public API. The routes of `more` get the same
/// middleware: request ids, limits, headers, and a problem document for each
/// response that has an [`Error`] among its extensions.
///
/// # Errors
/// [`Unlisted`] if a route has no policy.
pub fn router(state: AppState, more: Router) -> Result<Router, Unlisted> {
    let routes = routes();
    state.define(policies(&routes.operations)?, openapi_json);
    let router = routes
        .router
        .with_state(state.clone())
        .merge(more)
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed);
    Ok(router.layer(from_fn_with_state(state, middleware::finalize)))
}

fn policies(routes: &[Route]) -> Result<PolicyTable, Unlisted> {
    let policy = |route: &Route| {
        let key = (route.method.clone(), route.path.clone());
        let policy = route.policy.ok_or_else(|| Unlisted {
            id: route.id,
            method: route.method.clone(),
            path: route.path.clone(),
        })?;
        Ok((key, policy))
    };
    routes.iter().map(policy).collect()
}

/// Returns all operations of the router, sorted by path.
#[must_use]
pub fn operations() -> Vec<Operation> {
    let mut operations: Vec<_> = routes().operations.iter().map(Route::operation).collect();
    operations.sort_by(|one, other| one.path.cmp(&other.path));
    operations
}

/// Returns the OpenAPI document as it is committed and served.
#[must_use]
pub fn openapi_json() -> String {
    let document = openapi::document(&routes().descriptions(), &operations());
    let mut text = serde_json::to_string_pretty(&document).unwrap_or_default();
    text.push('\n');
    text
}

pub(crate) async fn not_found() -> ApiError {
    ApiError(Error::new(ErrorCode::RouteNotFound, "No such route."))
}

pub(crate) async fn method_not_allowed() -> ApiError {
    ApiError(Error::new(
        ErrorCode::MethodNotAllowed,
        "Method not allowed.",
    ))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn route_without_policy_does_not_start() {
        let mut routes = routes().operations;
        assert!(policies(&routes).is_ok());
        routes[0].policy = None;
        let error = policies(&routes).unwrap_err();
        assert_eq!(error.id, routes[0].id);
    }
}
