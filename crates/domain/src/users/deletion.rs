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
use crate::holds::Unheld;
use crate::outbox::{Task, TaskKind, put};

/// Times that racing changes may get in the way before one gives up.
const TRIES: usize = 5;

/// That the conversations which a deleted user owns get another owner.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub struct HandOver {
    /// The user.
    pub user: Id<User>,
    /// The conversation up to which it is done, in the order of their ids.
    pub after: Option<ObjectId>,
}

impl Task for HandOver {
    const KIND: TaskKind = TaskKind::HandOver;

    fn user(&self) -> Option<Id<User>> {
        Some(self.user)
    }
}

/// Puts a user out of sight. They stay the author of what they wrote and keep
/// their external id, under which an upsert brings them back; their e-mail
/// address is free for another. Returns their id; the conversations that they own are handed over by
/// a task of the outbox.
///
/// # Errors
/// 404 `user_not_found`, 409 `legal_hold`.
pub async fn delete(tenant: &TenantStore, named: &IdOrExternalId<User>) -> Result<Id<User>> {
    for _ in 0..TRIES {
        let user = resolve(tenant, named).await?;
        let unheld = Unheld::ask(tenant, [user.id.object_id()]).await?;
        let mut batch = tenant.batch();
        unheld.heed(&mut batch);
        let changes = Changes::new().clear(User::email).clear(User::email_key);
        batch.update(user.id, Update::of(changes).deleting(None));
        put(
            &mut batch,
            &HandOver {
                user: user.id,
                after: None,
            },
        );
        match tenant.commit(batch).await {
            // Another request deleted the user, or a hold was set: looks again.
            Err(CommitError::PreconditionFailed { .. }) => {}
            committed => return Ok(committed.map(|()| user.id)?),
        }
    }
    Err(Error::new(
        ErrorCode::Unavailable,
        "The holds of the tenant change all the time; try again shortly.",
    ))
}

store::collection! {
    /// That a user of this external id was erased, for as long as a token from
    /// before may live: it must not make the user anew.
    pub struct ErasedName: TenantData "erased_names" {
        /// A hash of the tenant and the external id.
        name_hash: String,
        /// Tokens issued until then are refused.
        erased_at: Timestamp,
        /// When no such token lives any more.
        expires_at: Timestamp,
    }
    expires: expires_at;
    indexes {
        /// Finds and keeps one for each name.
        by_name: Unique [name_hash];
    }
    personal: none("a hash tells nobody's name, and goes when no token needs it");
}

/// Remembers, once this batch stands, that a user of this name was erased.
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

/// When a user of this name was erased, as long as it is remembered.
///
/// # Errors
/// When the store cannot answer.
pub(crate) async fn erased_at(
    tenant: &TenantStore,
    external_id: &ExternalId,
) -> Result<Option<Timestamp>> {
    let named = ErasedName::by_name.eq(ErasedName::name_hash, hash(tenant.id(), external_id));
    Ok(tenant.find(named).await?.map(|erased| erased.erased_at))
}

/// Returns when users of these names were erased, of those that are remembered.
///
/// # Errors
/// When the store cannot answer.
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
    async fn a_deleted_user_stays_an_author_and_frees_the_address() {
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
        let card = world.cards.one(&acme, ada).await.unwrap().unwrap();
        assert!(card.is_deleted && !card.is_active);
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
