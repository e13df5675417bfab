//! The world for the connections' own tests: a store on the embedded engine
//! in a folder that goes away, a clock that moves when told, a company and
//! its people.

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
    Application, NewApplication, NewTenant, Tier, create_application, create_tenant, tenant_id,
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

/// How long a test waits for what is told.
const PATIENCE: Duration = Duration::from_secs(30);

/// Everything a test needs; dropped, its files are gone.
pub(crate) struct World {
    pub(crate) tenant: TenantStore,
    store: Store,
    vault: KeyRing,
    application: Entity<Application>,
    clock: Arc<MockClock>,
    _folder: TempDir,
}

impl World {
    /// A company in which nobody is yet.
    pub(crate) async fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let options = Options {
            data_dir: folder.path().to_owned(),
            catalogue: domain::catalogue(),
            open_files: 8,
        };
        let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_850_000_000)));
        let context = Context::new(
            Arc::<MockClock>::clone(&clock) as Arc<dyn Clock>,
            Arc::new(OsEntropy),
        );
        let store = Store::new(SqliteEngine::open(options).unwrap(), context.clone());
        let vault = KeyRing::new(&Zeroizing::new([7; 32]), context);
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
        let application = create_application(&store.platform(), &vault, new)
            .await
            .unwrap();
        let tenant = store.tenant(id, Tier::Starter.isolation());
        let world = Self {
            tenant,
            store,
            vault,
            application,
            clock,
            _folder: folder,
        };
        world.show_presence_to(PresenceVisibility::All).await;
        world
    }

    /// Sets which users see whether a user is online.
    pub(crate) async fn show_presence_to(&self, visibility: PresenceVisibility) {
        let changes = SettingsChanges {
            presence_visibility: Some(visibility),
            ..SettingsChanges::default()
        };
        settings::update(&self.tenant, changes, None).await.unwrap();
    }

    /// A node of its own, which hears of what the others write.
    pub(crate) fn node(&self) -> Hub {
        self.node_with(RateLimits::default())
    }

    /// The same, which answers so many requests.
    pub(crate) fn node_with(&self, rates: RateLimits) -> Hub {
        let cards = UserCache::new(&self.store);
        let door = Authenticator::new(self.store.clone(), self.vault.clone(), cards.clone(), rates);
        Hub::new(&self.store, door, cards)
    }

    /// A user, and the hello of their device.
    pub(crate) async fn person(&self, name: &str) -> (Id<User>, Hello) {
        let new = NewUser {
            external_id: name.parse().unwrap(),
            changes: UserChanges::default(),
        };
        let user = upsert(&self.tenant, new).await.unwrap().user.id;
        let minted = mint_token(
            &self.tenant,
            &self.store.platform(),
            &self.vault,
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

    /// A group of two users.
    pub(crate) async fn group(&self, by: Id<User>, other: Id<User>) -> Id<Conversation> {
        let new = NewConversation::new(ConversationType::Group, vec![IdOrExternalId::Id(other)]);
        create(&self.tenant, Actor::User(by), new)
            .await
            .unwrap()
            .view
            .conversation
            .id
    }

    /// What is written from now on.
    pub(crate) fn hints(&self) -> broadcast::Receiver<Arc<ChangeEvent>> {
        self.store.watch()
    }

    /// What a user's presence is.
    pub(crate) async fn presence(&self, user: Id<User>) -> Option<Seen> {
        presence_of(&self.tenant, &[user])
            .await
            .unwrap()
            .get(&user)
            .copied()
    }

    /// Lets time pass, by the clock and for all who sleep.
    pub(crate) async fn pass(&self, time: Duration) {
        self.clock.advance(i64::try_from(time.as_millis()).unwrap());
        tokio::time::pause();
        tokio::time::advance(time).await;
        tokio::time::resume();
    }
}

/// What a connection is told, up to the frame that is waited for.
pub(crate) async fn told_until(
    connection: &Connection,
    last: impl Fn(&Value) -> bool,
) -> Vec<Value> {
    let mut told = Vec::new();
    let reading = async {
        loop {
            let Next::Frames(mut batch) = connection.outbox.next().await else {
                panic!("nobody closes")
            };
            let frames = std::mem::take(&mut batch.frames);
            connection.outbox.written(batch);
            for frame in frames {
                told.push(serde_json::from_str::<Value>(frame.as_str()).unwrap());
                if told.last().is_some_and(&last) {
                    return;
                }
            }
        }
    };
    timeout(PATIENCE, reading).await.expect("it is told");
    told
}
