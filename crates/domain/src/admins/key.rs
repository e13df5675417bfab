use base::{Error, ErrorCode, Id, Result, Timestamp, limit};
use store::{Changes, Entity, Json, PlatformStore, Update};
use zeroize::Zeroizing;

use super::AdminRole;
use super::collections::AdminKey;
use crate::networks::canonical_networks;
use crate::tenants::secret_text::{generate_secret, hash_of_secret, show_hash};
use crate::validation::{self, ValidationErrors};

/// Prefix of admin keys.
pub(super) const KEY_PREFIX: &str = "caas_ak_";

/// Request to create an admin key.
#[derive(Clone, Debug)]
pub struct NewAdminKey {
    /// Display name.
    pub name: String,
    /// Role of the key.
    pub role: AdminRole,
    /// Networks from which the key may be used; an empty list allows all.
    pub networks: Vec<String>,
    /// Expiry; `None` if the key does not expire.
    pub expires_at: Option<Timestamp>,
}

/// A created admin key. Its text cannot be read again later.
#[derive(Debug)]
pub struct CreatedAdminKey {
    /// The stored key.
    pub key: Entity<AdminKey>,
    /// Text of the key, to be shown once.
    pub text: Zeroizing<String>,
}

/// Creates an admin key.
///
/// # Errors
/// 400 with the invalid fields, 422 `limit_reached`.
pub async fn create_admin_key(
    platform: &PlatformStore,
    new: NewAdminKey,
) -> Result<CreatedAdminKey> {
    let NewAdminKey {
        name,
        role,
        networks,
        expires_at,
    } = new;
    let now = platform.context().now();
    let mut errors = ValidationErrors::default();
    errors.add(validation::name("/name", &name))?;
    let networks = errors.add(canonical_networks("/networks", &networks))?;
    if expires_at.is_some_and(|end| end <= now) {
        errors.add::<()>(Err(Error::invalid("/expires_at", "must be in the future")))?;
    }
    errors.finish()?;
    let all = AdminKey::by_created.all();
    if platform.count(all, limit::ADMIN_KEYS).await? >= limit::ADMIN_KEYS {
        let message = format!("There can be at most {} admin keys.", limit::ADMIN_KEYS);
        return Err(Error::new(ErrorCode::LimitReached, message));
    }
    let text = generate_secret(KEY_PREFIX, platform.context());
    let hash = hash_of_secret(KEY_PREFIX, &text).ok_or_else(key_not_found)?;
    let mut batch = platform.batch();
    let key = batch.insert(AdminKey {
        name,
        role,
        hash: show_hash(&hash),
        last4: text.chars().skip(text.len().saturating_sub(4)).collect(),
        networks: Json(networks.unwrap_or_default()),
        expires_at,
        revoked_at: None,
        last_used_at: None,
    });
    platform.commit(batch).await?;
    Ok(CreatedAdminKey { key, text })
}

/// Lists all admin keys, newest first, including revoked and expired ones.
///
/// # Errors
/// 503 if the store is unavailable.
pub async fn list_admin_keys(platform: &PlatformStore) -> Result<Vec<Entity<AdminKey>>> {
    let query = AdminKey::by_created.all().backward();
    Ok(platform.list(query.limit(limit::ADMIN_KEYS)).await?.items)
}

/// Revokes an admin key immediately. Has no effect on a key that is already revoked.
///
/// # Errors
/// 404 `admin_key_not_found`.
pub async fn revoke_admin_key(
    platform: &PlatformStore,
    id: Id<AdminKey>,
) -> Result<Entity<AdminKey>> {
    let key = platform.get(id).await?.ok_or_else(key_not_found)?;
    if key.revoked_at.is_some() {
        return Ok(key);
    }
    let mut batch = platform.batch();
    let changes = Changes::new().set(AdminKey::revoked_at, batch.now());
    batch.update(id, Update::of(changes));
    platform.commit(batch).await?;
    platform.get(id).await?.ok_or_else(key_not_found)
}

fn key_not_found() -> Error {
    Error::new(ErrorCode::AdminKeyNotFound, "There is no such admin key.")
}
