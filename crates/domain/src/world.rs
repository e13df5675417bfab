//! In-process test environment: a store on the embedded engine in a temporary directory, a manual
//! clock, and helpers that create tenants and users.

use std::sync::Arc;

use base::{Clock, Context, ExternalId, Id, IdOrExternalId, MockClock, OsEntropy, Timestamp};
use store::{Entity, Store, TenantStore};
use store_sqlite::{Options, SqliteEngine};
use tempfile::TempDir;
use zeroize::Zeroizing;

use crate::auth::{Authenticator, RateLimits};
use crate::key_ring::KeyRing;
use crate::media::{Media, StorageQuota};
use crate::tenants::{
    Application, CreatedKey, NewApplication, NewKey, NewTenant, Scopes, Tier, create_application,
    create_key, create_tenant, get_application, tenant_id,
};
use crate::users::{NewUser, User, UserCache, UserChanges, upsert};

/// Test environment. Its files are removed when it is dropped.
pub(crate) struct World {
    pub(crate) store: Store,
    pub(crate) key_ring: KeyRing,
    pub(crate) user_cache: UserCache,
    pub(crate) authenticator: Authenticator,
    pub(crate) media: Media,
    pub(crate) clock: Arc<MockClock>,
    engine: Arc<SqliteEngine>,
    _folder: TempDir,
}

/// A tenant with one application and one API key that has all scopes.
pub(crate) struct Company {
    pub(crate) tenant: TenantStore,
    pub(crate) application: Entity<Application>,
    pub(crate) key: CreatedKey,
}

impl World {
    /// Creates an empty environment. The clock starts in the morning of 2026-01-31.
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: folder.path().to_owned(),
            catalogue: crate::catalogue(),
            open_files: 8,
        };
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_850_000_000)));
        let context = Context::new(
            Arc::<MockClock>::clone(&clock) as Arc<dyn Clock>,
            Arc::new(OsEntropy),
        );
        let media = Media::open_folder(&folder.path().join("media"), StorageQuota::default());
        let engine = SqliteEngine::open(options).unwrap();
        let store = Store::new(Arc::<SqliteEngine>::clone(&engine), context.clone());
        let key_ring = KeyRing::new(&Zeroizing::new([7; 32]), context);
        let user_cache = UserCache::new(&store);
        let authenticator = Authenticator::new(
            store.clone(),
            key_ring.clone(),
            user_cache.clone(),
            RateLimits::default(),
        );
        Self {
            store,
            key_ring,
            user_cache,
            authenticator,
            media: media.unwrap(),
            clock,
            engine,
            _folder: folder,
        }
    }

    /// Creates a tenant of the tier `starter`.
    pub(crate) async fn company(&self, name: &str) -> Company {
        self.company_of(name, Tier::Starter).await
    }

    /// Creates a tenant of this tier.
    pub(crate) async fn company_of(&self, name: &str, tier: Tier) -> Company {
        let new = NewTenant {
            name: name.to_owned(),
            description: None,
            plan: None,
            tier,
        };
        let client = create_tenant(&self.store, new).await.unwrap();
        let id = tenant_id(client.id);
        let platform = self.store.platform();
        let new = NewApplication {
            tenant: id,
            name: "web".to_owned(),
            origins: Vec::new(),
        };
        let application = create_application(&platform, &self.key_ring, new)
            .await
            .unwrap();
        let key = create_key(&platform, new_key(&application, "server"))
            .await
            .unwrap();
        Company {
            tenant: self.store.tenant(id, tier.isolation()),
            application,
            key,
        }
    }

    /// Returns a handle of the tenant on another node, which receives no change events from this
    /// one.
    pub(crate) fn other_node(&self, company: &Company) -> TenantStore {
        self.isolated_store()
            .tenant(company.tenant.id(), Tier::Starter.isolation())
    }

    /// Returns the store of another node, which receives no change events from this one.
    pub(crate) fn isolated_store(&self) -> Store {
        Store::new(
            Arc::<SqliteEngine>::clone(&self.engine),
            self.store.context().clone(),
        )
    }

    /// Returns the application as it is stored.
    pub(crate) async fn application(&self, company: &Company) -> Entity<Application> {
        get_application(&self.store.platform(), company.application.id)
            .await
            .unwrap()
    }
}

/// Returns a request for an API key with all scopes and without an expiry.
pub(crate) fn new_key(application: &Entity<Application>, name: &str) -> NewKey {
    NewKey {
        application: application.id,
        name: name.to_owned(),
        scopes: Scopes::ALL,
        expires_at: None,
    }
}

/// Returns a reference to a user by external id.
pub(crate) fn ext(name: &str) -> IdOrExternalId<User> {
    IdOrExternalId::External(external(name))
}

/// Returns an external id.
pub(crate) fn external(name: &str) -> ExternalId {
    name.parse().unwrap()
}

/// Creates a user with this external id.
pub(crate) async fn person(tenant: &TenantStore, name: &str) -> Id<User> {
    let new = NewUser {
        external_id: external(name),
        changes: UserChanges::default(),
    };
    upsert(tenant, new).await.unwrap().user.id
}

/// Returns the due work of a tenant.
pub(crate) async fn due<W: crate::leases::Work>(store: &Store) -> Vec<Id<W>> {
    let due = store
        .due::<W>(store::Partition::Shared.of(W::DECLARATION.database), 100)
        .await
        .unwrap();
    due.into_iter().map(|(_, id)| id).collect()
}
