//! Ids as the operator writes them.

use base::{Code, Failure, Id, Result, TenantId};
use domain::platform::{ApiKey, Application, get_application, parse_application};
use store::{Entity, Platform};

/// A tenant's id.
///
/// # Errors
/// 404 for a text that is none: it names nothing that is there.
pub fn tenant(text: &str) -> Result<TenantId> {
    text.parse().map_err(|_| Failure::new(Code::TenantNotFound, "A tenant is named by clnt_ and 24 digits."))
}

/// An application of a tenant.
///
/// # Errors
/// 404 for a text that is none, and for another tenant's application.
pub async fn application_of(platform: &Platform, tenant: &str, text: &str) -> Result<Entity<Application>> {
    let unknown = || Failure::new(Code::ApplicationNotFound, "The tenant has no such application.");
    let tenant = self::tenant(tenant)?;
    let application = get_application(platform, parse_application(text).ok_or_else(unknown)?).await?;
    if application.tenant_id == tenant { Ok(application) } else { Err(unknown()) }
}

/// An API key's id.
///
/// # Errors
/// 404 for a text that is none.
pub fn key(text: &str) -> Result<Id<ApiKey>> {
    text.parse().map_err(|_| Failure::new(Code::ApiKeyNotFound, "A key is named by the 24 digits of its id."))
}
