//! The admin API, `/admin/v1`, which the admin listener serves: platform admins, tenants,
//! applications and API keys.

mod account;
mod api_keys;
mod applications;
mod audit;
mod auth;
mod ip_rules;
mod keys;
mod openapi;
mod path;
mod routes;
mod sessions;
mod tenants;

use axum::Router;
use axum::middleware::from_fn_with_state;

use crate::middleware;
use crate::router::{method_not_allowed, not_found};
use crate::state::AppState;
pub(crate) use auth::AdminPolicyTable;
use routes::AdminRoutes;

pub use openapi::openapi_json;

/// Returns the routes of all resources, in the order of their tags in the OpenAPI document.
fn routes() -> AdminRoutes {
    sessions::routes()
        .merge(account::routes())
        .merge(keys::routes())
        .merge(tenants::routes())
        .merge(applications::routes())
        .merge(api_keys::routes())
        .merge(ip_rules::routes())
        .merge(audit::routes())
        .merge(openapi::routes())
}

/// Creates the router of the admin API, with the middleware of the public API.
pub fn router(state: AppState) -> Router {
    let routes = routes();
    state.define_admin(AdminPolicyTable::of(&routes.operations));
    routes
        .router
        .with_state(state.clone())
        .fallback(not_found)
        .method_not_allowed_fallback(method_not_allowed)
        .layer(from_fn_with_state(state, middleware::finalize))
}

/// Operation of the admin API, for tests that must cover all of them.
#[derive(Debug, Clone)]
pub struct AdminApiOperation {
    /// The method.
    pub method: axum::http::Method,
    /// The path template, with its parameters in braces.
    pub path: String,
    /// The operation id in OpenAPI.
    pub id: &'static str,
    /// The roles that may call it; none if it needs no credential.
    pub roles: Vec<&'static str>,
}

/// Returns all operations of the admin API, sorted by path.
#[must_use]
pub fn operations() -> Vec<AdminApiOperation> {
    let mut operations: Vec<_> = routes()
        .operations
        .iter()
        .filter_map(|route| {
            let operation = route.policy?;
            Some(AdminApiOperation {
                method: route.method.clone(),
                path: route.path.clone(),
                id: route.id,
                roles: operation.roles().iter().map(|role| role.as_str()).collect(),
            })
        })
        .collect();
    operations.sort_by(|one, other| one.path.cmp(&other.path));
    operations
}
