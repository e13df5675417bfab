//! Parsing of the ids that commands take as arguments.

use base::{Error, ErrorCode, Id, IdOrExternalId, Result, TenantId};
use domain::tenants::{ApiKey, Application, get_application, parse_application};
use domain::users::User;
use store::{Entity, PlatformStore};

/// Parses the id of a tenant.
///
/// # Errors
/// Fails with 404 if the text is not a tenant id, as for an unknown id.
pub fn tenant(text: &str) -> Result<TenantId> {
    text.parse().map_err(|_| {
        Error::new(
            ErrorCode::TenantNotFound,
            "A tenant id is clnt_ followed by 24 digits.",
        )
    })
}

/// Loads an application of a tenant.
///
/// # Errors
/// Fails with 404 if the id is invalid, unknown or belongs to another tenant.
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

/// Parses the id or external id of a user.
///
/// # Errors
/// Fails with 400 if the text is neither.
pub fn user(text: &str) -> Result<IdOrExternalId<User>> {
    text.parse()
        .map_err(|error: base::InvalidName| Error::invalid("/user", error.to_string()))
}

/// Parses the id of an API key.
///
/// # Errors
/// Fails with 404 if the text is not an id, as for an unknown id.
pub fn key(text: &str) -> Result<Id<ApiKey>> {
    text.parse().map_err(|_| {
        Error::new(
            ErrorCode::ApiKeyNotFound,
            "An API key id has 24 digits; `caas key list` shows it.",
        )
    })
}
