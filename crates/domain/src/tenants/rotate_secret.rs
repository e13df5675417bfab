use base::{Error, Id, Result, limit};
use store::{Changes, Entity, Json, PlatformStore, Update};

use super::signing_secret::{is_accepted, new_secret};
use super::{Application, get_application};
use crate::key_ring::KeyRing;

/// Gives an application a new signing secret; the earlier ones are accepted
/// for `overlap_seconds` more, at most [`limit::SECRET_OVERLAP_SECONDS`].
///
/// # Errors
/// 404 `application_not_found`, 409 `version_conflict` when raced, 400 when
/// the overlap is too long.
pub async fn rotate_secret(
    platform: &PlatformStore,
    vault: &KeyRing,
    id: Id<Application>,
    overlap_seconds: u32,
) -> Result<Entity<Application>> {
    if overlap_seconds as usize > limit::SECRET_OVERLAP_SECONDS {
        let told = format!("must be at most {}", limit::SECRET_OVERLAP_SECONDS);
        return Err(Error::invalid("/overlap_seconds", told));
    }
    let application = get_application(platform, id).await?;
    let now = platform.context().now();
    let end = now.plus_millis(i64::from(overlap_seconds) * 1_000);
    let mut secrets = application.secrets.0.clone();
    let version = secrets
        .iter()
        .map(|secret| secret.version)
        .max()
        .unwrap_or(0)
        .saturating_add(1);
    for secret in &mut secrets {
        secret.ends_at = Some(secret.ends_at.map_or(end, |earlier| earlier.min(end)));
    }
    secrets.retain(|secret| is_accepted(secret, now));
    secrets.push(new_secret(
        vault,
        platform.context(),
        application.tenant_id,
        id,
        version,
    )?);
    let mut batch = platform.batch();
    let changes = Changes::new().set(Application::secrets, Json(secrets));
    batch.update(
        id,
        Update::of(changes).expecting_version(application.version),
    );
    platform.commit(batch).await?;
    get_application(platform, id).await
}
