use base::{Context, Error, ErrorCode, Id, Result, TenantId, Timestamp, limit};
use store::{Changes, CommitError, Entity, Json, PlatformStore, Update};
use zeroize::Zeroizing;

use super::secret_text::{generate_secret, hash_of_secret, show_hash};
use super::{ApiKey, Application, Scopes, get_application};
use crate::validation::{self, ValidationErrors};

/// Slots per key name: the current key and its successor.
const SLOTS: std::ops::Range<i64> = 0..limit::signed(limit::KEYS_PER_NAME);

/// Request to create an API key.
#[derive(Clone, Debug)]
pub struct NewKey {
    /// Application of the key.
    pub application: Id<Application>,
    /// Display name. Two active keys may share a name, so that a key can be rotated.
    pub name: String,
    /// Granted scopes.
    pub scopes: Scopes,
    /// Expiry; `None` if the key does not expire.
    pub expires_at: Option<Timestamp>,
}

/// A created API key. Its text cannot be read again later.
#[derive(Debug)]
pub struct CreatedKey {
    /// The stored key.
    pub key: Entity<ApiKey>,
    /// Text of the key, to be shown once.
    pub text: Zeroizing<String>,
}

/// Creates an API key. To rotate a key, create a second one of the same name, distribute it, and
/// revoke the first.
///
/// # Errors
/// 400 with the invalid fields, 404 `application_not_found`, 422 `limit_reached` if two active keys
/// have this name or the application has too many keys.
pub async fn create_key(platform: &PlatformStore, new: NewKey) -> Result<CreatedKey> {
    let now = platform.context().now();
    let mut errors = ValidationErrors::default();
    errors.add(validation::name("/name", &new.name))?;
    if new.expires_at.is_some_and(|end| end <= now) {
        errors.add::<()>(Err(Error::invalid("/expires_at", "must be in the future")))?;
    }
    errors.finish()?;
    let application = get_application(platform, new.application).await?;
    let keys = list_keys(platform, application.tenant_id, Some(application.id)).await?;
    if keys.iter().filter(|key| is_active(key, now)).count() >= limit::APPLICATION_KEYS {
        let message = format!(
            "An application can have at most {} active keys.",
            limit::APPLICATION_KEYS
        );
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    for slot in SLOTS {
        if let Some(created) = attempt(platform, &application, &new, slot).await? {
            return Ok(created);
        }
    }
    let message = format!(
        "Two active keys have the name {:?}; revoke one of them first.",
        new.name
    );
    Err(Error::new(ErrorCode::LimitReached, message))
}

/// Creates the key in this slot. Returns `None` if an active key occupies it.
async fn attempt(
    platform: &PlatformStore,
    application: &Entity<Application>,
    new: &NewKey,
    slot: i64,
) -> Result<Option<CreatedKey>> {
    let text = generate_key(platform.context());
    let hash = hash_of_key(&text).ok_or_else(|| Error::internal(Unhashable))?;
    let mut batch = platform.batch();
    let now = batch.now();
    let holder = ApiKey::by_slot
        .eq(ApiKey::application_id, application.id)
        .eq(ApiKey::name, new.name.clone());
    if let Some(holder) = platform.find(holder.eq(ApiKey::slot, slot)).await? {
        if is_active(&holder, now) {
            return Ok(None);
        }
        // The slot of an expired key is freed here, since expiry itself writes nothing.
        batch.update(holder.id, Update::of(Changes::new().clear(ApiKey::slot)));
    }
    let key = batch.insert(ApiKey {
        tenant_id: application.tenant_id,
        application_id: application.id,
        name: new.name.clone(),
        slot: Some(slot),
        hash: show_hash(&hash),
        last4: text.chars().skip(text.len().saturating_sub(4)).collect(),
        scopes: Json(new.scopes.words()),
        expires_at: new.expires_at,
        revoked_at: None,
        last_used_at: None,
    });
    match platform.commit(batch).await {
        Ok(()) => Ok(Some(CreatedKey { key, text })),
        Err(CommitError::Conflict { index, .. }) if index == ApiKey::by_slot.name() => Ok(None),
        Err(error) => Err(error.into()),
    }
}

fn is_active(key: &ApiKey, now: Timestamp) -> bool {
    key.revoked_at.is_none() && key.expires_at.is_none_or(|end| now < end)
}

#[derive(Debug, thiserror::Error)]
#[error("a generated key has an invalid checksum")]
struct Unhashable;

/// Page size of the key list: all active keys and as many revoked or expired ones.
const MOST: usize = 2 * limit::APPLICATION_KEYS;

/// Lists the API keys of a tenant or of one application, newest first, including revoked and
/// expired keys. Returns at most 200.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_keys(
    platform: &PlatformStore,
    tenant: TenantId,
    application: Option<Id<Application>>,
) -> Result<Vec<Entity<ApiKey>>> {
    let query = ApiKey::by_application.eq(ApiKey::tenant_id, tenant);
    let query = if let Some(id) = application {
        query.eq(ApiKey::application_id, id)
    } else {
        query
    };
    Ok(platform.list(query.backward().limit(MOST)).await?.items)
}

/// Revokes an API key immediately. Has no effect on a key that is already revoked.
///
/// # Errors
/// 404 `api_key_not_found`.
pub async fn revoke_key(platform: &PlatformStore, id: Id<ApiKey>) -> Result<Entity<ApiKey>> {
    let key = platform.get(id).await?.ok_or_else(not_found)?;
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let mut batch = platform.batch();
    let now = batch.now();
    batch.update(
        id,
        Update::of(
            Changes::new()
                .set(ApiKey::revoked_at, now)
                .clear(ApiKey::slot),
        ),
    );
    platform.commit(batch).await?;
    platform.get(id).await?.ok_or_else(not_found)
}

/// Returns an API key of a tenant.
///
/// # Errors
/// 404 `api_key_not_found`, also for a key of another tenant.
pub async fn get_key_of(
    platform: &PlatformStore,
    tenant: TenantId,
    id: Id<ApiKey>,
) -> Result<Entity<ApiKey>> {
    let key = platform
        .get(id)
        .await?
        .filter(|key| key.tenant_id == tenant);
    key.ok_or_else(not_found)
}

/// Creates a key with the name, scopes and expiry of an active one, which then expires after
/// `overlap_seconds`, at most [`limit::SECRET_OVERLAP_SECONDS`].
///
/// # Errors
/// 404 `api_key_not_found`, 400 if the overlap is too long, 409 `state_conflict` for a revoked or
/// expired key, 422 `limit_reached` if two active keys have the name.
pub async fn rotate_key(
    platform: &PlatformStore,
    tenant: TenantId,
    id: Id<ApiKey>,
    overlap_seconds: u32,
) -> Result<CreatedKey> {
    if overlap_seconds as usize > limit::SECRET_OVERLAP_SECONDS {
        let message = format!("must be at most {}", limit::SECRET_OVERLAP_SECONDS);
        return Err(Error::invalid("/overlap_seconds", message));
    }
    let key = get_key_of(platform, tenant, id).await?;
    let now = platform.context().now();
    if !is_active(&key, now) {
        return Err(Error::new(
            ErrorCode::StateConflict,
            "The key is revoked or has expired.",
        ));
    }
    let successor = NewKey {
        application: key.application_id,
        name: key.name.clone(),
        scopes: Scopes::parse(&key.scopes.0)?,
        expires_at: key.expires_at,
    };
    let created = create_key(platform, successor).await?;
    let end = now.plus_millis(i64::from(overlap_seconds) * 1_000);
    let end = key.expires_at.map_or(end, |earlier| earlier.min(end));
    let mut batch = platform.batch();
    batch.update(id, Update::of(Changes::new().set(ApiKey::expires_at, end)));
    platform.commit(batch).await?;
    Ok(created)
}

fn not_found() -> Error {
    Error::new(ErrorCode::ApiKeyNotFound, "There is no such API key.")
}

/// Prefix of every API key.
const PREFIX: &str = "caas_sk_";

/// Generates the text of an API key: `caas_sk_`, 256 random bits in 43 characters, and a checksum
/// in 6 characters.
pub(crate) fn generate_key(context: &Context) -> Zeroizing<String> {
    generate_secret(PREFIX, context)
}

/// Returns the hash under which a key is stored. Returns `None` if the checksum is invalid, so that
/// a mistyped key causes no read of the store.
pub(crate) fn hash_of_key(text: &str) -> Option<[u8; 32]> {
    hash_of_secret(PREFIX, text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::world::{World, new_key};

    #[tokio::test]
    async fn third_active_key_of_a_name_is_rejected() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let platform = world.store.platform();
        let again = || new_key(&acme.application, "server");
        create_key(&platform, again()).await.unwrap();
        assert_eq!(
            create_key(&platform, again()).await.unwrap_err().code,
            ErrorCode::LimitReached
        );
        revoke_key(&platform, acme.key.key.id).await.unwrap();
        create_key(&platform, again()).await.unwrap();
        let keys = list_keys(&platform, acme.tenant.id(), Some(acme.application.id))
            .await
            .unwrap();
        assert_eq!(
            keys.iter().filter(|key| key.revoked_at.is_some()).count(),
            1
        );
        assert_eq!(keys.len(), 3);
    }

    #[tokio::test]
    async fn concurrent_creations_yield_two_keys() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let tasks = (0..10).map(|_| {
            let platform = world.store.platform();
            let new = new_key(&acme.application, "racer");
            tokio::spawn(async move { create_key(&platform, new).await.is_ok() })
        });
        let mut made = 0;
        for task in tasks.collect::<Vec<_>>() {
            made += usize::from(task.await.unwrap());
        }
        assert_eq!(made, limit::KEYS_PER_NAME);
    }

    #[tokio::test]
    async fn expired_key_frees_its_slot() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let platform = world.store.platform();
        let soon = Some(world.store.context().now().plus_millis(10));
        let brief = || NewKey {
            expires_at: soon,
            ..new_key(&acme.application, "brief")
        };
        for _ in 0..limit::KEYS_PER_NAME {
            create_key(&platform, brief()).await.unwrap();
        }
        world.clock.advance(10);
        create_key(&platform, new_key(&acme.application, "brief"))
            .await
            .unwrap();
        assert_eq!(
            create_key(&platform, brief()).await.unwrap_err().faults[0].pointer,
            "/expires_at"
        );
    }

    #[tokio::test]
    async fn stored_key_contains_only_its_hash() {
        let world = World::new();
        let acme = world.company("Acme").await;
        let stored = format!("{:?}", acme.key.key.doc);
        assert!(
            acme.key.text.ends_with(&acme.key.key.last4)
                && !stored.contains(acme.key.text.as_str())
        );
    }
}
