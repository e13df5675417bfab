use std::collections::HashMap;
use std::sync::Arc;

use base::{ExternalId, Id, IdOrExternalId, Result, TenantId, Timestamp, limit};
use quick_cache::sync::Cache;
use store::{ChangeEvent, Collection, Entity, Store, TenantStore};

use super::{Role, User, not_found};
use crate::invalidating_cache::{InvalidatingCache, Invalidation};

/// Cached fields of a user, as shown to other users and needed for authentication.
#[derive(Clone, Debug)]
pub struct UserSummary {
    /// Id of the user.
    pub id: Id<User>,
    /// The tenant's id of the user.
    pub external_id: Option<ExternalId>,
    /// Display name.
    pub display_name: Option<String>,
    /// URL of the avatar.
    pub avatar_url: Option<String>,
    /// Role derived from the user's roles.
    pub role: Role,
    /// Whether the user may act; false for a deleted user.
    pub is_active: bool,
    /// Whether the user was deleted. A deleted user is still shown as author, but cannot be found.
    pub is_deleted: bool,
    /// Time before which issued tokens are revoked.
    pub tokens_revoked_before: Option<Timestamp>,
    /// Current generation of minted tokens.
    pub token_generation: i64,
    /// Current generation of sessions.
    pub session_generation: i64,
}

impl From<&Entity<User>> for UserSummary {
    fn from(user: &Entity<User>) -> Self {
        let is_deleted = user.deleted_at.is_some();
        Self {
            id: user.id,
            external_id: user.external_id.clone(),
            display_name: user.name.clone(),
            avatar_url: user.avatar_url.clone(),
            role: Role::of(&user.roles.0),
            is_active: user.is_active && !is_deleted,
            is_deleted,
            tokens_revoked_before: user.tokens_revoked_before,
            token_generation: user.token_generation.unwrap_or(0),
            session_generation: user.session_generation.unwrap_or(0),
        }
    }
}

type Key = (TenantId, Id<User>);

/// Bounded read-through cache of user summaries, joined to pages and events so that names are never
/// copied into records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct UserCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    summaries: InvalidatingCache<Key, Arc<UserSummary>>,
    /// An external id belongs to one user until that user is purged, so that these entries need no
    /// invalidation. Lookups verify the external id in the summary.
    names: Cache<(TenantId, ExternalId), Id<User>>,
}

impl UserCache {
    /// Creates an empty cache that is invalidated by the store's change events.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        let summaries = InvalidatingCache::new(store, limit::REMEMBERED_USERS, invalidated_by);
        Self(Arc::new(Inner {
            summaries,
            names: Cache::new(limit::REMEMBERED_USERS),
        }))
    }

    /// Returns the summaries of users, including deleted ones, with at most one read of the store.
    ///
    /// # Errors
    /// 503 if the store is unavailable.
    pub async fn of(
        &self,
        tenant: &TenantStore,
        users: impl IntoIterator<Item = Id<User>> + Send,
    ) -> Result<HashMap<Id<User>, Arc<UserSummary>>> {
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for user in users {
            match self.0.summaries.get(&(tenant.id(), user)) {
                Some(summary) => drop(found.insert(user, summary)),
                None => missing.push(user),
            }
        }
        let read_generation = self.0.summaries.read_generation();
        for user in tenant.get_many_with_deleted(&missing).await? {
            let summary = Arc::new(UserSummary::from(&user));
            self.0.summaries.insert(
                read_generation,
                (tenant.id(), user.id),
                Arc::clone(&summary),
            );
            found.insert(user.id, summary);
        }
        Ok(found)
    }

    /// Returns the summary of one user, even if deleted, or `None` for an unknown id.
    ///
    /// # Errors
    /// 503 if the store is unavailable.
    pub async fn one(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
    ) -> Result<Option<Arc<UserSummary>>> {
        Ok(self.of(tenant, [user]).await?.remove(&user))
    }

    /// Reads the summary of one user from the store, bypassing the cache.
    pub(crate) async fn read(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
    ) -> Result<Option<Arc<UserSummary>>> {
        let read_generation = self.0.summaries.read_generation();
        let found = tenant.get_many_with_deleted(&[user]).await?;
        Ok(found
            .first()
            .map(|user| self.cache_summary(tenant, read_generation, user)))
    }

    /// Returns the summary of the referenced user.
    ///
    /// # Errors
    /// 404 `user_not_found` if the user does not exist or was deleted.
    pub async fn resolve(
        &self,
        tenant: &TenantStore,
        named: &IdOrExternalId<User>,
    ) -> Result<Arc<UserSummary>> {
        self.find(tenant, named)
            .await?
            .filter(|summary| !summary.is_deleted)
            .ok_or_else(not_found)
    }

    /// Returns the summary of the referenced user, even if deleted.
    pub(crate) async fn find(
        &self,
        tenant: &TenantStore,
        named: &IdOrExternalId<User>,
    ) -> Result<Option<Arc<UserSummary>>> {
        let external = match named {
            IdOrExternalId::Id(id) => return self.one(tenant, *id).await,
            IdOrExternalId::External(external) => external,
        };
        let name = (tenant.id(), external.clone());
        if let Some(id) = self.0.names.get(&name)
            && let Some(summary) = self.one(tenant, id).await?
            && summary.external_id.as_ref() == Some(external)
        {
            return Ok(Some(summary));
        }
        let read_generation = self.0.summaries.read_generation();
        let query = User::by_external_id
            .eq(User::external_id, external.clone())
            .with_deleted();
        let Some(user) = tenant.find(query).await? else {
            return Ok(None);
        };
        self.0.names.insert(name, user.id);
        Ok(Some(self.cache_summary(tenant, read_generation, &user)))
    }

    fn cache_summary(
        &self,
        tenant: &TenantStore,
        read_generation: crate::invalidating_cache::ReadGeneration,
        user: &Entity<User>,
    ) -> Arc<UserSummary> {
        let summary = Arc::new(UserSummary::from(user));
        self.0.summaries.insert(
            read_generation,
            (tenant.id(), user.id),
            Arc::clone(&summary),
        );
        summary
    }
}

fn invalidated_by(event: &ChangeEvent) -> Invalidation<Key> {
    match event {
        ChangeEvent::DocumentChanged {
            tenant: Some(tenant),
            declaration,
            id,
            ..
        } if declaration.name == User::DECLARATION.name => {
            Invalidation::One((*tenant, Id::new(*id)))
        }
        ChangeEvent::DocumentChanged { .. } | ChangeEvent::LogAppended { .. } => {
            Invalidation::Nothing
        }
        ChangeEvent::Lagged => Invalidation::All,
    }
}

#[cfg(test)]
mod tests {
    use base::{ErrorCode, Patch};

    use crate::Actor;
    use crate::users::{UserChanges, deactivate, update};
    use crate::world::{World, ext, person};

    #[tokio::test]
    async fn changed_name_is_visible_at_the_next_read() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let ada = person(&acme, "ada").await;
        for name in ["Ada", "Countess"] {
            let changes = UserChanges {
                name: Patch::Set(name.to_owned()),
                ..UserChanges::default()
            };
            update(&acme, Actor::Server, &ext("ada"), changes, None, false)
                .await
                .unwrap();
            let summary = world.user_cache.one(&acme, ada).await.unwrap().unwrap();
            assert_eq!(summary.display_name.as_deref(), Some(name));
        }
        deactivate(&acme, &ext("ada")).await.unwrap();
        assert!(
            !world
                .user_cache
                .resolve(&acme, &ext("ada"))
                .await
                .unwrap()
                .is_active
        );
    }

    #[tokio::test]
    async fn page_is_joined_by_one_read_and_then_from_the_cache() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let people = [
            person(&acme, "ada").await,
            person(&acme, "bob").await,
            person(&acme, "cy").await,
        ];
        let reads = || world.store.stats().reads.get();
        let before = reads();
        assert_eq!(world.user_cache.of(&acme, people).await.unwrap().len(), 3);
        assert_eq!(reads() - before, 1);
        world.user_cache.of(&acme, people).await.unwrap();
        assert_eq!(reads() - before, 1);
    }

    #[tokio::test]
    async fn user_of_another_tenant_is_not_found() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let umbrella = world.company("Umbrella").await.tenant;
        let ada = person(&acme, "ada").await;
        world.user_cache.one(&acme, ada).await.unwrap().unwrap();
        assert!(
            world
                .user_cache
                .one(&umbrella, ada)
                .await
                .unwrap()
                .is_none()
        );
        assert_eq!(
            world
                .user_cache
                .resolve(&umbrella, &ext("ada"))
                .await
                .unwrap_err()
                .code,
            ErrorCode::UserNotFound
        );
    }
}
