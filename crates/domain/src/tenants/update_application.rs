use base::{Error, ErrorCode, Id, Result, limit};
use store::{Changes, Entity, Json, PlatformStore, Update};

use super::{Application, ApplicationSettings, canonical_origins, get_application};
use crate::validation::{self, ValidationErrors};

/// What a request says of an application's fields; what it does not say stays.
#[derive(Clone, Debug, Default)]
pub struct ApplicationChanges {
    /// What the tenant calls it.
    pub name: Option<String>,
    /// All origins from which browsers may call.
    pub origins: Option<Vec<String>>,
    /// All settings.
    pub settings: Option<ApplicationSettings>,
}

/// Changes the given fields of an application, if it has the version that the
/// caller saw, when one is given.
///
/// # Errors
/// 400 with the wrong places, 404 `application_not_found`, 409 `version_conflict`.
pub async fn update_application(
    platform: &PlatformStore,
    id: Id<Application>,
    changes: ApplicationChanges,
    version: Option<i64>,
) -> Result<Entity<Application>> {
    let update = Update::of(checked(changes)?);
    let update = if let Some(version) = version {
        update.expecting_version(version)
    } else {
        update
    };
    get_application(platform, id).await?;
    let mut batch = platform.batch();
    batch.update(id, update);
    platform.commit(batch).await?;
    get_application(platform, id).await
}

fn checked(given: ApplicationChanges) -> Result<Changes<Application>> {
    let mut faults = ValidationErrors::default();
    let mut changes = Changes::new();
    if let Some(name) = given.name {
        faults.note(validation::name("/name", &name))?;
        changes = changes.set(Application::name, name);
    }
    if let Some(origins) = given.origins {
        let origins = faults
            .note(canonical_origins(&origins))?
            .unwrap_or_default();
        changes = changes.set(Application::origins, Json(origins));
    }
    if let Some(settings) = given.settings {
        let longest = limit::signed(limit::USER_TOKEN_SECONDS);
        if !(1..=longest).contains(&settings.token_seconds) {
            let told = format!("must be 1 to {longest}");
            faults.note::<()>(Err(Error::invalid("/settings/token_seconds", told)))?;
        }
        changes = changes.set(Application::settings, Json(settings));
    }
    faults.done()?;
    if changes.is_empty() {
        return Err(Error::new(
            ErrorCode::InvalidRequest,
            "The request names nothing to change.",
        ));
    }
    Ok(changes)
}
