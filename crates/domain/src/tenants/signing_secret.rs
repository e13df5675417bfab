use base::{Context, Error, Id, Result, TenantId, Timestamp, limit};
use store::{Changes, Collection, Entity, Json, PlatformStore, Update};
use zeroize::Zeroizing;

use super::secret_text::push_secret;
use super::{Application, SigningSecret, get_application};
use crate::key_ring::{EncryptionContext, KeyRing};

/// Prefix of every signing secret.
const PREFIX: &str = "caas_ss_";

/// A decrypted signing secret and its key id.
#[derive(Clone)]
pub struct OpenSecret {
    /// Value of the `kid` header of tokens: the application and the secret's version.
    pub key_id: String,
    /// Secret text; its bytes are the HMAC key.
    pub secret: Zeroizing<String>,
}

impl std::fmt::Debug for OpenSecret {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "OpenSecret({})", self.key_id)
    }
}

/// Returns the newest signing secret of an application, for a tenant that signs its own tokens.
///
/// # Errors
/// 500 if it was encrypted under another master key.
pub fn signing_secret(key_ring: &KeyRing, application: &Entity<Application>) -> Result<OpenSecret> {
    let newest = application
        .secrets
        .0
        .iter()
        .max_by_key(|secret| secret.version);
    let newest = newest.ok_or_else(|| Error::internal(NoSecret(application.id)))?;
    let secret = open(key_ring, application, newest)?;
    Ok(OpenSecret {
        key_id: key_id(application.id, newest.version),
        secret,
    })
}

/// Returns the secret of this version if it is still accepted.
pub(crate) fn accepted(
    key_ring: &KeyRing,
    application: &Entity<Application>,
    version: u32,
    now: Timestamp,
) -> Result<Option<Zeroizing<String>>> {
    let found = application
        .secrets
        .0
        .iter()
        .find(|secret| secret.version == version);
    found
        .filter(|secret| is_accepted(secret, now))
        .map(|secret| open(key_ring, application, secret))
        .transpose()
}

pub(crate) fn is_accepted(secret: &SigningSecret, now: Timestamp) -> bool {
    secret.ends_at.is_none_or(|end| now < end)
}

pub(crate) fn new_secret(
    key_ring: &KeyRing,
    context: &Context,
    tenant: TenantId,
    id: Id<Application>,
    version: u32,
) -> Result<SigningSecret> {
    let mut text = Zeroizing::new(PREFIX.to_owned());
    push_secret(&mut text, context);
    Ok(SigningSecret {
        version,
        sealed: key_ring.seal(&bound(tenant, id), text.as_bytes())?,
        ends_at: None,
    })
}

/// Formats the `kid` header of a secret: `app_….<version>`.
pub(crate) fn key_id(application: Id<Application>, version: u32) -> String {
    format!("{}.{version}", super::show_application(application))
}

/// Parses a `kid` header into the application and the version.
pub(crate) fn parse_key_id(text: &str) -> Option<(Id<Application>, u32)> {
    let (application, version) = text.split_once('.')?;
    Some((
        super::parse_application(application)?,
        version.parse().ok()?,
    ))
}

fn open(
    key_ring: &KeyRing,
    application: &Entity<Application>,
    secret: &SigningSecret,
) -> Result<Zeroizing<String>> {
    let mut bytes = key_ring.open(
        &bound(application.tenant_id, application.id),
        &secret.sealed,
    )?;
    String::from_utf8(std::mem::take(&mut *bytes))
        .map(Zeroizing::new)
        .map_err(|_| Error::internal(NoSecret(application.id)))
}

fn bound(tenant: TenantId, id: Id<Application>) -> EncryptionContext {
    EncryptionContext {
        collection: Application::DECLARATION.name,
        tenant,
        id: id.object_id(),
        field: Application::secrets.name(),
    }
}

#[derive(Debug, thiserror::Error)]
#[error("the application {0} has no readable signing secret")]
struct NoSecret(Id<Application>);

/// Adds a new signing secret to an application. Earlier secrets are accepted for `overlap_seconds`
/// more, at most [`limit::SECRET_OVERLAP_SECONDS`].
///
/// # Errors
/// 404 `application_not_found`, 409 `version_conflict` if the application was changed concurrently,
/// 400 if the overlap is too long.
pub async fn rotate_secret(
    platform: &PlatformStore,
    key_ring: &KeyRing,
    id: Id<Application>,
    overlap_seconds: u32,
) -> Result<Entity<Application>> {
    if overlap_seconds as usize > limit::SECRET_OVERLAP_SECONDS {
        let message = format!("must be at most {}", limit::SECRET_OVERLAP_SECONDS);
        return Err(Error::invalid("/overlap_seconds", message));
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
        key_ring,
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

/// Returns whether the key ring decrypts the stored signing secrets, as a check of the configured
/// master key. Only the first page of applications is read. Returns `true` if there are none.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn opens_secrets(platform: &PlatformStore, key_ring: &KeyRing) -> Result<bool> {
    let page = platform
        .list(Application::by_tenant.all().limit(limit::PAGE))
        .await?;
    Ok(page.items.is_empty()
        || page
            .items
            .iter()
            .any(|application| signing_secret(key_ring, application).is_ok()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::World;

    #[tokio::test]
    async fn secrets_are_decrypted_only_by_their_key_ring() {
        let world = World::new();
        let platform = world.store.platform();
        let other = KeyRing::new(&Zeroizing::new([0x5c; 32]), Context::system());
        assert!(
            opens_secrets(&platform, &other).await.unwrap(),
            "no secret is stored yet"
        );
        world.company("Acme").await;
        assert!(opens_secrets(&platform, &world.key_ring).await.unwrap());
        assert!(!opens_secrets(&platform, &other).await.unwrap());
    }
}
