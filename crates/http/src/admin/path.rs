use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use base::{ErrorCode, Id, Result, TenantId};
use domain::admins::{AdminKey, AdminSession, PlatformAdmin};
use domain::ip_rules::{AllowedNetwork, BlockedNetwork};
use domain::tenants::{ApiKey, Application, parse_application};
use store::{Entity, PlatformStore};

use crate::error::ApiError;
use crate::extract::path::{NotFound, not_found, params, parse, text};
use crate::state::AppState;

const NO_ADMIN: NotFound = (ErrorCode::AdminNotFound, "There is no such admin.");
const NO_SESSION: NotFound = (ErrorCode::SessionNotFound, "There is no such session.");
const NO_ADMIN_KEY: NotFound = (ErrorCode::AdminKeyNotFound, "There is no such admin key.");
const NO_TENANT: NotFound = (ErrorCode::TenantNotFound, "There is no such tenant.");
const NO_KEY: NotFound = (ErrorCode::ApiKeyNotFound, "There is no such API key.");
const NO_RULE: NotFound = (ErrorCode::IpRuleNotFound, "There is no such rule.");
const NO_APPLICATION: NotFound = (
    ErrorCode::ApplicationNotFound,
    "There is no such application.",
);

/// The admin in a path.
pub(crate) struct AdminPath(pub(crate) Id<PlatformAdmin>);

/// The own session in a path.
pub(crate) struct SessionPath(pub(crate) Id<AdminSession>);

/// The admin and their session in a path.
pub(crate) struct AdminSessionPath(pub(crate) Id<PlatformAdmin>, pub(crate) Id<AdminSession>);

/// The admin key in a path.
pub(crate) struct AdminKeyPath(pub(crate) Id<AdminKey>);

/// The tenant in a path.
pub(crate) struct TenantPath(pub(crate) TenantId);

/// The tenant in a path and its application.
pub(crate) struct ApplicationPath(pub(crate) TenantId, pub(crate) Id<Application>);

/// The tenant in a path and its API key.
pub(crate) struct ApiKeyPath(pub(crate) TenantId, pub(crate) Id<ApiKey>);

/// The platform's blocked network in a path.
pub(crate) struct BlockedNetworkPath(pub(crate) Id<BlockedNetwork>);

/// The tenant in a path and its blocked network.
pub(crate) struct TenantBlockedNetworkPath(pub(crate) TenantId, pub(crate) Id<BlockedNetwork>);

/// The tenant in a path and its allowed network.
pub(crate) struct AllowedNetworkPath(pub(crate) TenantId, pub(crate) Id<AllowedNetwork>);

macro_rules! from_path {
    ($($path:ident: |$params:ident| $value:expr;)+) => {$(
        impl FromRequestParts<AppState> for $path {
            type Rejection = ApiError;

            async fn from_request_parts(
                parts: &mut Parts,
                state: &AppState,
            ) -> Result<Self, ApiError> {
                let $params = &params(parts, state).await?;
                Ok($value)
            }
        }
    )+};
}

from_path! {
    AdminPath: |params| Self(parse(params, "admin", NO_ADMIN)?);
    SessionPath: |params| Self(parse(params, "session", NO_SESSION)?);
    AdminSessionPath: |params| Self(
        parse(params, "admin", NO_ADMIN)?,
        parse(params, "session", NO_SESSION)?,
    );
    AdminKeyPath: |params| Self(parse(params, "admin_key", NO_ADMIN_KEY)?);
    TenantPath: |params| Self(parse(params, "tenant", NO_TENANT)?);
    ApplicationPath: |params| Self(
        parse(params, "tenant", NO_TENANT)?,
        parse_application(text(params, "application"))
            .ok_or_else(|| not_found(NO_APPLICATION))?,
    );
    BlockedNetworkPath: |params| Self(parse(params, "rule", NO_RULE)?);
    TenantBlockedNetworkPath: |params| Self(
        parse(params, "tenant", NO_TENANT)?,
        parse(params, "rule", NO_RULE)?,
    );
    AllowedNetworkPath: |params| Self(
        parse(params, "tenant", NO_TENANT)?,
        parse(params, "rule", NO_RULE)?,
    );
    ApiKeyPath: |params| Self(
        parse(params, "tenant", NO_TENANT)?,
        parse(params, "key", NO_KEY)?,
    );
}

/// Returns the application of a path, if it belongs to the tenant of the path.
///
/// # Errors
/// 404 `application_not_found`.
pub(crate) async fn application(
    platform: &PlatformStore,
    ApplicationPath(tenant, id): ApplicationPath,
) -> Result<Entity<Application>> {
    domain::tenants::get_application_of(platform, tenant, id).await
}
