use std::collections::HashMap;

use base::{
    Error, ErrorCode, ExternalId, Id, IdOrExternalId, ObjectId, Result, TenantId, Timestamp, limit,
};
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use store::{Batch, Changes, CommitError, Entity, TenantData, TenantStore, Update};

use super::{User, resolve};
use crate::holds::NoHold;
use crate::outbox::{Task, TaskKind, put};

/// Attempts of a deletion that conflicts with concurrent writes.
const MAX_ATTEMPTS: usize = 5;

/// Task that transfers the conversations of a deleted owner to other owners.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct HandOver {
    /// Id of the deleted user.
    pub user: Id<User>,
    /// Last conversation that was processed, in the order of ids.
    pub after: Option<ObjectId>,
}

impl Task for HandOver {
    const KIND: TaskKind = TaskKind::HandOver;

    fn user(&self) -> Option<Id<User>> {
        Some(self.user)
    }
}

/// Soft-deletes a user and returns their id. The user stays the author of their messages and keeps
/// the external id, whose upsert restores the user. The e-mail address becomes free. An outbox task
/// transfers ownership of their conversations.
///
/// # Errors
/// 404 `user_not_found`, 409 `legal_hold`.
pub async fn delete(tenant: &TenantStore, named: &IdOrExternalId<User>) -> Result<Id<User>> {
    for _ in 0..MAX_ATTEMPTS {
        let user = resolve(tenant, named).await?;
        let no_hold = NoHold::check(tenant, [user.id.object_id()]).await?;
        let mut batch = tenant.batch();
        no_hold.assert_unchanged(&mut batch);
        let changes = Changes::new()
            .clear(User::email)
            .clear(User::email_key)
            .clear(User::email_verified_at);
        // A restored user signs in again.
        batch.increment(user.id, User::session_generation, 1, None);
        batch.update(user.id, Update::of(changes).deleting(None));
        put(
            &mut batch,
            &HandOver {
                user: user.id,
                after: None,
            },
        );
        match tenant.commit(batch).await {
            // Deleted concurrently, or a hold was set: check again.
            Err(CommitError::PreconditionFailed { .. }) => {}
            committed => return Ok(committed.map(|()| user.id)?),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "The tenant's legal holds change too often; retry shortly.",
    ))
}

store::collection! {
    /// Record of an erased user's external id, kept while a token from before the erasure may be
    /// valid. Such a token must not create the user again.
    pub struct ErasedName: TenantData "erased_names" {
        /// Hash of the tenant and the external id.
        name_hash: String,
        /// Time until which issued tokens are rejected.
        erased_at: Timestamp,
        /// Time after which no such token is valid.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Finds the record of a name; unique per name.
        by_name: Unique [name_hash];
    }
    personal: none("a hash reveals no name and expires with the tokens");
}

/// Adds the record of an erased user's name to the batch.
pub(crate) fn remember_erased(
    tenant: TenantId,
    batch: &mut Batch<TenantData>,
    external_id: &ExternalId,
) {
    let erased_at = batch.now();
    let seconds = limit::signed(limit::USER_TOKEN_SECONDS + limit::CLOCK_SKEW_SECONDS);
    let expires_at = erased_at.plus_millis(seconds * 1_000);
    let erased = ErasedName {
        name_hash: hash(tenant, external_id),
        erased_at,
        expires_at,
    };
    batch.upsert(
        ErasedName::by_name,
        erased,
        &["erased_at", "expires_at"],
        &[],
    );
}

/// Returns when a user of this name was erased, if it is recorded.
///
/// # Errors
/// Fails if the store is unavailable.
pub(crate) async fn erased_at(
    tenant: &TenantStore,
    external_id: &ExternalId,
) -> Result<Option<Timestamp>> {
    let named = ErasedName::by_name.eq(ErasedName::name_hash, hash(tenant.id(), external_id));
    Ok(tenant.find(named).await?.map(|erased| erased.erased_at))
}

/// Returns when users of these names were erased, for those that are recorded.
///
/// # Errors
/// Fails if the store is unavailable.
pub(super) async fn all_erased_at(
    tenant: &TenantStore,
    external_ids: &[&ExternalId],
) -> Result<HashMap<ExternalId, Timestamp>> {
    let hashes: HashMap<String, &ExternalId> = external_ids
        .iter()
        .map(|external_id| (hash(tenant.id(), external_id), *external_id))
        .collect();
    if hashes.is_empty() {
        return Ok(HashMap::new());
    }
    let query = ErasedName::by_name
        .all()
        .one_of(ErasedName::name_hash, hashes.keys().cloned())
        .limit(hashes.len());
    let found = tenant.list(query).await?.items;
    let named = |erased: Entity<ErasedName>| {
        let external_id = hashes.get(&erased.name_hash)?;
        Some(((*external_id).clone(), erased.erased_at))
    };
    Ok(found.into_iter().filter_map(named).collect())
}

fn hash(tenant: TenantId, external_id: &ExternalId) -> String {
    URL_SAFE_NO_PAD.encode(Sha256::digest(format!("{tenant}/{external_id}")))
}

#[cfg(test)]
mod tests {
    use base::Patch;

    use super::*;
    use crate::users::{NewUser, UserChanges, upsert};
    use crate::world::{World, ext, external, person};

    #[tokio::test]
    async fn deleted_user_stays_author_and_frees_the_email() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        let email = || UserChanges {
            email: Patch::Set("ada@example.com".to_owned()),
            ..UserChanges::default()
        };
        upsert(
            &acme,
            NewUser {
                external_id: external("ada"),
                changes: email(),
            },
        )
        .await
        .unwrap();
        delete(&acme, &ext("ada")).await.unwrap();
        assert_eq!(
            delete(&acme, &ext("ada")).await.unwrap_err().code,
            ErrorCode::UserNotFound
        );
        let summary = world.user_cache.one(&acme, ada).await.unwrap().unwrap();
        assert!(summary.is_deleted && !summary.is_active);
        assert!(
            upsert(
                &acme,
                NewUser {
                    external_id: external("eve"),
                    changes: email()
                }
            )
            .await
            .unwrap()
            .created
        );
    }
}
