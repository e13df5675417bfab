//! Ids as the operator writes them.

use base::{Error, ErrorCode, Id, IdOrExternalId, Result, TenantId};
use domain::tenants::{ApiKey, Application, get_application, parse_application};
use domain::users::User;
use store::{Entity, PlatformStore};

/// A tenant's id.
///
/// # Errors
/// 404 for a text that is none: it names nothing that is there.
pub fn tenant(text: &str) -> Result<TenantId> {
    text.parse().map_err(|_| {
        Error::new(
            ErrorCode::TenantNotFound,
            "A tenant is named by clnt_ and 24 digits.",
        )
    })
}

/// An application of a tenant.
///
/// # Errors
/// 404 for a text that is none, and for another tenant's application.
pub async fn application_of(
    platform: &PlatformStore,
    tenant: &str,
    text: &str,
) -> Result<Entity<Application>> {
    let unknown = || {
        Error::new(
            ErrorCode::ApplicationNotFound,
            "The tenant has no such application.",
        )
    };
    let tenant = self::tenant(tenant)?;
    let application =
        get_application(platform, parse_application(text).ok_or_else(unknown)?).await?;
    if application.tenant_id == tenant {
        Ok(application)
    } else {
        Err(unknown())
    }
}

/// A user of a tenant.
///
/// # Errors
/// 400 for a text that names none.
pub fn user(text: &str) -> Result<IdOrExternalId<User>> {
    text.parse()
        .map_err(|error: base::InvalidName| Error::invalid("/user", error.to_string()))
}

/// An API key's id.
///
/// # Errors
/// 404 for a text that is none.
pub fn key(text: &str) -> Result<Id<ApiKey>> {
    text.parse().map_err(|_| {
        Error::new(
            ErrorCode::ApiKeyNotFound,
            "A key is named by the 24 digits of its id.",
        )
    })
}
