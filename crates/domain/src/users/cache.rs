use std::collections::HashMap;
use std::sync::Arc;

use base::{ExternalId, Id, IdOrExternalId, Result, TenantId, Timestamp, limit};
use quick_cache::sync::Cache;
use store::{ChangeEvent, Collection, Entity, Store, TenantStore};

use super::{Role, User, not_found};
use crate::invalidating_cache::{InvalidatingCache, Invalidation};

/// What is remembered of a user: how others see them, and whether they may act.
#[derive(Clone, Debug)]
pub struct UserSummary {
    /// The user.
    pub id: Id<User>,
    /// The tenant's own id.
    pub external_id: Option<ExternalId>,
    /// What others see.
    pub display_name: Option<String>,
    /// A picture.
    pub avatar_url: Option<String>,
    /// What the roles come to.
    pub role: Role,
    /// Whether the user may do anything; false also when deleted.
    pub is_active: bool,
    /// Whether the user was deleted: still shown as author, found by nobody.
    pub is_deleted: bool,
    /// Tokens issued before this moment are refused.
    pub tokens_revoked_before: Option<Timestamp>,
    /// The generation that tokens minted for the user must be of.
    pub token_generation: i64,
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
        }
    }
}

type Key = (TenantId, Id<User>);

/// Joins users to pages and events from a bounded memory, so that names are
/// never copied into records. Cheap to clone.
#[derive(Clone, Debug)]
pub struct UserCache(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    cards: InvalidatingCache<Key, Arc<UserSummary>>,
    /// An external id names one user until the user is removed for good, so
    /// this needs no hints: whoever follows it looks at the card.
    names: Cache<(TenantId, ExternalId), Id<User>>,
}

impl UserCache {
    /// An empty memory that follows the store's hints.
    #[must_use]
    pub fn new(store: &Store) -> Self {
        let cards = InvalidatingCache::new(store, limit::REMEMBERED_USERS, meaning);
        Self(Arc::new(Inner {
            cards,
            names: Cache::new(limit::REMEMBERED_USERS),
        }))
    }

    /// The cards of users, deleted ones included, by at most one statement.
    ///
    /// # Errors
    /// 503 when the store cannot answer.
    pub async fn of(
        &self,
        tenant: &TenantStore,
        users: impl IntoIterator<Item = Id<User>> + Send,
    ) -> Result<HashMap<Id<User>, Arc<UserSummary>>> {
        let mut found = HashMap::new();
        let mut missing = Vec::new();
        for user in users {
            match self.0.cards.recall(&(tenant.id(), user)) {
                Some(card) => drop(found.insert(user, card)),
                None => missing.push(user),
            }
        }
        let ticket = self.0.cards.ticket();
        for user in tenant.get_many_with_deleted(&missing).await? {
            let card = Arc::new(UserSummary::from(&user));
            self.0
                .cards
                .learn(ticket, (tenant.id(), user.id), Arc::clone(&card));
            found.insert(user.id, card);
        }
        Ok(found)
    }

    /// The card of one user, also when deleted; `None` for an unknown id.
    ///
    /// # Errors
    /// 503 when the store cannot answer.
    pub async fn one(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
    ) -> Result<Option<Arc<UserSummary>>> {
        Ok(self.of(tenant, [user]).await?.remove(&user))
    }

    /// The card of one user as they are stored now, whatever is remembered.
    pub(crate) async fn read(
        &self,
        tenant: &TenantStore,
        user: Id<User>,
    ) -> Result<Option<Arc<UserSummary>>> {
        let ticket = self.0.cards.ticket();
        let found = tenant.get_many_with_deleted(&[user]).await?;
        Ok(found
            .first()
            .map(|user| self.remember(tenant, ticket, user)))
    }

    /// The card of the user that is named.
    ///
    /// # Errors
    /// 404 `user_not_found` when there is none or the user was deleted.
    pub async fn resolve(
        &self,
        tenant: &TenantStore,
        named: &IdOrExternalId<User>,
    ) -> Result<Arc<UserSummary>> {
        self.find(tenant, named)
            .await?
            .filter(|card| !card.is_deleted)
            .ok_or_else(not_found)
    }

    /// The card of the user that is named, also when deleted.
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
            && let Some(card) = self.one(tenant, id).await?
            && card.external_id.as_ref() == Some(external)
        {
            return Ok(Some(card));
        }
        let ticket = self.0.cards.ticket();
        let query = User::by_external_id
            .eq(User::external_id, external.clone())
            .with_deleted();
        let Some(user) = tenant.find(query).await? else {
            return Ok(None);
        };
        self.0.names.insert(name, user.id);
        Ok(Some(self.remember(tenant, ticket, &user)))
    }

    fn remember(
        &self,
        tenant: &TenantStore,
        ticket: crate::invalidating_cache::ReadGeneration,
        user: &Entity<User>,
    ) -> Arc<UserSummary> {
        let card = Arc::new(UserSummary::from(user));
        self.0
            .cards
            .learn(ticket, (tenant.id(), user.id), Arc::clone(&card));
        card
    }
}

fn meaning(hint: &ChangeEvent) -> Invalidation<Key> {
    match hint {
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
    async fn a_new_name_is_seen_at_the_next_look() {
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
            let card = world.cards.one(&acme, ada).await.unwrap().unwrap();
            assert_eq!(card.display_name.as_deref(), Some(name));
        }
        deactivate(&acme, &ext("ada")).await.unwrap();
        assert!(
            !world
                .cards
                .resolve(&acme, &ext("ada"))
                .await
                .unwrap()
                .is_active
        );
    }

    #[tokio::test]
    async fn a_page_is_joined_by_one_statement_and_then_from_memory() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let people = [
            person(&acme, "ada").await,
            person(&acme, "bob").await,
            person(&acme, "cy").await,
        ];
        let reads = || world.store.stats().reads.get();
        let before = reads();
        assert_eq!(world.cards.of(&acme, people).await.unwrap().len(), 3);
        assert_eq!(reads() - before, 1);
        world.cards.of(&acme, people).await.unwrap();
        assert_eq!(reads() - before, 1);
    }

    #[tokio::test]
    async fn another_tenants_user_has_no_card_here() {
        let world = World::new();
        let acme = world.company("Acme").await.tenant;
        let umbrella = world.company("Umbrella").await.tenant;
        let ada = person(&acme, "ada").await;
        world.cards.one(&acme, ada).await.unwrap().unwrap();
        assert!(world.cards.one(&umbrella, ada).await.unwrap().is_none());
        assert_eq!(
            world
                .cards
                .resolve(&umbrella, &ext("ada"))
                .await
                .unwrap_err()
                .code,
            ErrorCode::UserNotFound
        );
    }
}
