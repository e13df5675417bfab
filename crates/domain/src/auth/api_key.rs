use std::sync::Arc;

use base::{Error, ErrorCode, Id, Result, Timestamp, limit};
use store::Entity;

use super::presented::Kind;
use super::{Authenticator, Presented, unauthenticated};
use crate::tenants::key_text::hash_of_key;
use crate::tenants::{ApiKey, Scopes};

impl Authenticator {
    /// Verifies an API key.
    ///
    /// # Errors
    /// 401 `unauthenticated` for a text that is no key of ours, 401
    /// `token_expired` or `credential_revoked` for one that was, 403
    /// `tenant_suspended`.
    pub async fn present_key(&self, text: &str) -> Result<Presented<'_>> {
        let unknown = || unauthenticated("There is no such API key.");
        let hash = hash_of_key(text).ok_or_else(unknown)?;
        let id = self
            .0
            .credentials
            .key_by_hash(hash)
            .await?
            .ok_or_else(unknown)?;
        let key = self.usable_key(id).await?;
        let tenant = self.open(key.tenant_id).await?;
        let application = self.application(key.application_id).await?;
        // Words are checked before they are stored; ones that are not known here allow nothing.
        let scopes = Scopes::parse(&key.scopes.0).unwrap_or_default();
        self.note_use(&key);
        Ok(Presented {
            door: self,
            tenant,
            application,
            kind: Kind::Key { id, scopes },
        })
    }

    pub(super) async fn usable_key(&self, id: Id<ApiKey>) -> Result<Arc<Entity<ApiKey>>> {
        let found = self.0.credentials.key(id).await?;
        let key = found.ok_or_else(|| unauthenticated("There is no such API key."))?;
        if key.revoked_at.is_some() {
            return Err(Error::new(ErrorCode::Revoked, "The API key was revoked."));
        }
        if key
            .expires_at
            .is_some_and(|end| end <= self.0.store.context().now())
        {
            return Err(Error::new(
                ErrorCode::TokenExpired,
                "The API key has expired.",
            ));
        }
        Ok(key)
    }

    /// Writes down that the key was used, once a minute at most and not in the
    /// way of the request.
    fn note_use(&self, key: &Entity<ApiKey>) {
        let now = self.0.store.context().now();
        let recently = |noted: Timestamp| {
            now < noted.plus_millis(limit::signed(limit::KEY_USE_SECONDS) * 1_000)
        };
        if key.last_used_at.is_some_and(recently)
            || self.0.credentials.use_noted(key.id, now, recently)
        {
            return;
        }
        let platform = self.0.store.platform();
        let id = key.id;
        tokio::spawn(async move {
            let mut batch = platform.batch();
            batch.raise(id, ApiKey::last_used_at, now);
            if let Err(error) = platform.commit(batch).await {
                tracing::warn!(key = %id, %error, "the last use of an API key was not noted");
            }
        });
    }
}
