use base::{Error, ErrorCode, Id, Result, TenantId, limit};
use store::{Entity, Json, PlatformStore};

use super::signing_secret::new_secret;
use super::{Application, ApplicationSettings, canonical_origins, get_tenant};
use crate::key_ring::KeyRing;
use crate::validation::{self, ValidationErrors};

/// An application to be.
#[derive(Clone, Debug)]
pub struct NewApplication {
    /// Whose it will be.
    pub tenant: TenantId,
    /// What the tenant calls it.
    pub name: String,
    /// Origins from which browsers may call; none lets all in.
    pub origins: Vec<String>,
}

/// Makes an application with its first signing secret.
///
/// # Errors
/// 400 with the wrong places, 404 `tenant_not_found`, 422 `limit_reached`.
pub async fn create_application(
    platform: &PlatformStore,
    vault: &KeyRing,
    new: NewApplication,
) -> Result<Entity<Application>> {
    let NewApplication {
        tenant,
        name,
        origins,
    } = new;
    let mut faults = ValidationErrors::default();
    faults.note(validation::name("/name", &name))?;
    let origins = faults
        .note(canonical_origins(&origins))?
        .unwrap_or_default();
    faults.done()?;
    get_tenant(platform, tenant).await?;
    let query = Application::by_tenant.eq(Application::tenant_id, tenant);
    if platform.count(query, limit::TENANT_APPLICATIONS).await? >= limit::TENANT_APPLICATIONS {
        let told = format!(
            "A tenant has at most {} applications.",
            limit::TENANT_APPLICATIONS
        );
        return Err(Error::new(ErrorCode::LimitReached, told));
    }
    let id: Id<Application> = platform.context().new_id();
    let secrets = Json(vec![new_secret(vault, platform.context(), tenant, id, 1)?]);
    let origins = Json(origins);
    let settings = Json(ApplicationSettings::default());
    let mut batch = platform.batch();
    let doc = Application {
        tenant_id: tenant,
        name,
        origins,
        settings,
        secrets,
        tokens_revoked_before: None,
        token_generation: None,
    };
    let application = batch.insert_as(id, doc);
    platform.commit(batch).await?;
    Ok(application)
}
