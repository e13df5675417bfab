use base::{Error, ErrorCode, Id, Result};
use store::{Changes, Entity, PlatformStore, Update};

use super::ApiKey;

/// Ends an API key at once. One that was revoked before stays as it is.
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

fn not_found() -> Error {
    Error::new(ErrorCode::ApiKeyNotFound, "There is no such API key.")
}
