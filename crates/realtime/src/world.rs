//! Test environment: a store on the embedded engine in a temporary directory, a mock
//! clock, a tenant and its users.

use std::sync::Arc;
use std::time::Duration;

use base::{Clock, Context, Id, IdOrExternalId, MockClock, OsEntropy, Timestamp};
use domain::Actor;
use domain::auth::{Authenticator, RateLimits, mint_token};
use domain::key_ring::KeyRing;
use domain::messaging::{
    Conversation, ConversationType, NewConversation, Seen, create, presence_of,
};
use domain::settings::{self, PresenceVisibility, SettingsChanges};
use domain::tenants::{
    Application, ApplicationChanges, NewApplication, NewTenant, Tier, create_application,
    create_tenant, tenant_id, update_application,
};
use domain::users::{NewUser, User, UserCache, UserChanges, upsert};
use serde_json::Value;
use store::{ChangeEvent, Entity, Store, TenantStore};
use store_sqlite::{Options, SqliteEngine};
use tempfile::TempDir;
use tokio::sync::broadcast;
use tokio::time::timeout;
use wire::frames::Hello;
use zeroize::Zeroizing;

use crate::connection::Connection;
use crate::hub::Hub;
use crate::send_queue::Next;

/// Time limit for awaited frames.
const TIMEOUT: Duration = Duration::from_secs(30);

/// Everything a test needs. Dropping it deletes its files.
pub(crate) struct World {
    pub(crate) tenant: TenantStore,
    store: Store,
    key_ring: KeyRing,
    application: Entity<Application>,
    clock: Arc<MockClock>,
    _data_dir: TempDir,
}

impl World {
    /// Creates a tenant without users.
    pub(crate) async fn new() -> Self {
        let data_dir = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: data_dir.path().to_owned(),
            catalogue: domain::catalogue(),
            open_files: 8,
        };
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_850_000_000)));
        let context = Context::new(
            Arc::<MockClock>::clone(&clock) as Arc<dyn Clock>,
            Arc::new(OsEntropy),
        );
        let store = Store::new(SqliteEngine::open(options).unwrap(), context.clone());
        let key_ring = KeyRing::new(&Zeroizing::new([7; 32]), context);
        let new = NewTenant {
            name: "Acme".to_owned(),
            description: None,
            plan: None,
            tier: Tier::Starter,
        };
        let id = tenant_id(create_tenant(&store, new).await.unwrap().id);
        let new = NewApplication {
            tenant: id,
            name: "web".to_owned(),
            origins: Vec::new(),
        };
        let application = create_application(&store.platform(), &key_ring, new)
            .await
            .unwrap();
        let tenant = store.tenant(id, Tier::Starter.isolation());
        let world = Self {
            tenant,
            store,
            key_ring,
            application,
            clock,
            _data_dir: data_dir,
        };
        world.set_presence_visibility(PresenceVisibility::All).await;
        world
    }

    /// Sets which users may see the presence of others.
    pub(crate) async fn set_presence_visibility(&self, visibility: PresenceVisibility) {
        let changes = SettingsChanges {
            presence_visibility: Some(visibility),
            ..SettingsChanges::default()
        };
        settings::update(&self.tenant, changes, None).await.unwrap();
    }

    /// Creates a node with its own hub and the shared store.
    pub(crate) fn node(&self) -> Hub {
        self.node_with(RateLimits::default())
    }

    /// Creates a node with these rate limits.
    pub(crate) fn node_with(&self, rates: RateLimits) -> Hub {
        let user_cache = UserCache::new(&self.store);
        let authenticator = Authenticator::new(
            self.store.clone(),
            self.key_ring.clone(),
            user_cache.clone(),
            rates,
        );
        Hub::new(&self.store, authenticator, user_cache)
    }

    /// Creates a user and returns the hello of their device.
    pub(crate) async fn user(&self, name: &str) -> (Id<User>, Hello) {
        let new = NewUser {
            external_id: name.parse().unwrap(),
            changes: UserChanges::default(),
        };
        let user = upsert(&self.tenant, new).await.unwrap().user.id;
        let minted = mint_token(
            &self.tenant,
            &self.store.platform(),
            &self.key_ring,
            self.application.id,
            &IdOrExternalId::Id(user),
            None,
        )
        .await
        .unwrap();
        let device_id = Some(format!("{name}'s phone"));
        (
            user,
            Hello {
                token: minted.token,
                device_id,
                cursors: [].into(),
                user_cursor: None,
                epoch: None,
            },
        )
    }

    /// Sets the only origin from which browsers may use the application.
    pub(crate) async fn set_origin(&self, origin: &str) {
        let changes = ApplicationChanges {
            origins: Some(vec![origin.to_owned()]),
            ..ApplicationChanges::default()
        };
        update_application(&self.store.platform(), self.application.id, changes, None)
            .await
            .unwrap();
    }

    /// Creates a group of two users.
    pub(crate) async fn group(&self, by: Id<User>, other: Id<User>) -> Id<Conversation> {
        let new = NewConversation::new(ConversationType::Group, vec![IdOrExternalId::Id(other)]);
        create(&self.tenant, Actor::User(by), new)
            .await
            .unwrap()
            .view
            .conversation
            .id
    }

    /// Subscribes to change events of the store.
    pub(crate) fn changes(&self) -> broadcast::Receiver<Arc<ChangeEvent>> {
        self.store.watch()
    }

    /// Returns the presence of a user.
    pub(crate) async fn presence(&self, user: Id<User>) -> Option<Seen> {
        presence_of(&self.tenant, &[user])
            .await
            .unwrap()
            .get(&user)
            .copied()
    }

    /// Advances the mock clock and all timers.
    pub(crate) async fn advance(&self, time: Duration) {
        self.clock.advance(i64::try_from(time.as_millis()).unwrap());
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }
}

/// Reads the frames of a connection up to the first that matches `last`.
pub(crate) async fn frames_until(
    connection: &Connection,
    last: impl Fn(&Value) -> bool,
) -> Vec<Value> {
    let mut frames = Vec::new();
    let read = async {
        loop {
            let Next::Frames(mut batch) = connection.send_queue.next().await else {
                panic!("connection closed")
            };
            let queued = std::mem::take(&mut batch.frames);
            connection.send_queue.written(batch);
            for frame in queued {
                frames.push(serde_json::from_str::<Value>(frame.as_str()).unwrap());
                if frames.last().is_some_and(&last) {
                    return;
                }
            }
        }
    };
    timeout(TIMEOUT, read).await.expect("expected frame");
    frames
}
