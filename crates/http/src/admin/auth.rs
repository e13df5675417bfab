use std::collections::HashMap;

use axum::extract::{FromRequestParts, MatchedPath};
use axum::http::header::{AUTHORIZATION, USER_AGENT};
use axum::http::request::Parts;
use axum::http::{Extensions, HeaderMap, Method};
use base::{ClientAddress, Error, Result, TenantId, limit};
use domain::admins::{AdminContext, AdminOperation};
use domain::audit::{self, Origin};
use store::PlatformStore;
use wire::headers::bearer;

use crate::error::ApiError;
use crate::extract::path::{params, text};
use crate::headers::single;
use crate::middleware::RequestContext;
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
pub(crate) struct Admin {
    /// The caller.
    pub(crate) context: AdminContext,
    action: Option<&'static str>,
    origin: Origin,
    tenant_id: Option<String>,
}

impl Admin {
    /// Returns the handle of the platform. Its first commit contains the audit entry of the
    /// operation, if the operation has one.
    pub(crate) fn platform(&self, state: &AppState) -> PlatformStore {
        let platform = state.store().platform();
        match self.action {
            Some(action) => audit::audited(
                &platform,
                action,
                self.origin.clone(),
                self.tenant_id.clone(),
            ),
            None => platform,
        }
    }
}

impl FromRequestParts<AppState> for Admin {
    type Rejection = ApiError;

    async fn from_request_parts(parts: &mut Parts, state: &AppState) -> Result<Self, ApiError> {
        let operation = state
            .admin_operation(&parts.method, &parts.extensions)
            .ok_or_else(|| Error::internal(MissingPolicy))?;
        let credential = bearer(single(&parts.headers, &AUTHORIZATION)?)?.to_owned();
        let address = client_address(&parts.extensions).ip();
        let platform = state.store().platform();
        let context = AdminContext::authenticate(&platform, &credential, address).await?;
        let origin = context.origin(user_agent(&parts.headers), request_id(&parts.extensions));
        let tenant = params(parts, state).await?;
        let tenant: Option<TenantId> = text(&tenant, "tenant").parse().ok();
        let tenant_id = tenant.map(|tenant| tenant.to_string());
        if let Err(denied) = operation.require(context.role) {
            if let Some(action) = operation.action() {
                audit::record_denied(&platform, action, origin, tenant_id).await?;
            }
            return Err(denied.into());
        }
        Ok(Self {
            context,
            action: operation.action(),
            origin,
            tenant_id,
        })
    }
}

/// Returns the printable part of the `User-Agent` header.
pub(super) fn user_agent(headers: &HeaderMap) -> Option<String> {
    let text = headers.get(USER_AGENT)?.to_str().ok()?;
    Some(text.chars().take(limit::NAME_LENGTH).collect())
}

/// Returns the id of a request.
pub(super) fn request_id(extensions: &Extensions) -> Option<String> {
    let context = extensions.get::<RequestContext>()?;
    Some(context.id().to_owned())
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
