use std::collections::HashMap;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::AUTHORIZATION;
use axum::http::request::Parts;
use axum::http::{Extensions, Method};
use base::{ClientAddress, Error, Result};
use domain::admins::{AdminContext, AdminOperation};
use wire::headers::bearer;

use crate::error::ApiError;
use crate::headers::single;
use crate::routes::Route;
use crate::state::AppState;

/// Rows of the routes in the table of roles, by method and path template.
#[derive(Debug, Default)]
pub(crate) struct AdminPolicyTable(HashMap<(Method, String), AdminOperation>);

impl AdminPolicyTable {
    /// Returns the table of these routes. A route without a row does not compile.
    pub(super) fn of(routes: &[Route<AdminOperation>]) -> Self {
        let policies = routes
            .iter()
            .filter_map(|route| Some(((route.method.clone(), route.path.clone()), route.policy?)));
        Self(policies.collect())
    }

    /// Returns the operation of a routed request.
    pub(crate) fn find(&self, method: &Method, extensions: &Extensions) -> Option<AdminOperation> {
        let path = extensions.get::<MatchedPath>()?.as_str().to_owned();
        let method = if method == Method::HEAD {
            Method::GET
        } else {
            method.clone()
        };
        self.0.get(&(method, path)).copied()
    }
}

/// An authenticated caller of the admin API whose role may call the operation.
pub(crate) struct Admin(pub(crate) AdminContext);

impl FromRequestParts<AppState> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let operation = state
            .admin_operation(&parts.method, &parts.extensions)
            .ok_or_else(|| Error::internal(MissingPolicy))?;
        let credential = bearer(single(&parts.headers, &AUTHORIZATION)?)?;
        let address = client_address(&parts.extensions).ip();
        let platform = state.store().platform();
        let context = AdminContext::authenticate(&platform, credential, address, operation).await?;
        Ok(Self(context))
    }
}

/// Returns the client address of a request.
pub(super) fn client_address(extensions: &Extensions) -> ClientAddress {
    let address = extensions.get().copied();
    address.unwrap_or(ClientAddress::UNKNOWN)
}

/// Error for a route that has no row in the table of roles.
#[derive(Debug, thiserror::Error)]
#[error("the route has no row in the table of roles")]
struct MissingPolicy;
