//! Databases of a single test on a real replica set.

use std::sync::Arc;

use base::{Context, Id};
use store::{Append, AppendError, Appended, Guard, Isolation, Seq, Store, TenantStore};
use store_conformance::{Entry, Room, User, World, catalogue};
use store_mongo::{MongoEngine, Options};
use testkit::server::Namespace;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Databases that are dropped with the value. Requires a multi-threaded runtime.
pub struct Fresh(Namespace);

impl Fresh {
    /// Creates databases on the replica set that tests share.
    pub async fn shared() -> Self {
        Self(Namespace::shared().await)
    }

    /// Creates databases on the test's own replica set.
    pub fn on(uri: &str) -> Self {
        Self(Namespace::on(uri))
    }

    /// Returns the options of an engine over these databases.
    pub fn options(&self) -> Options {
        Options {
            prefix: self.0.prefix().to_owned(),
            ..Options::new(self.0.uri(), catalogue())
        }
    }

    /// Creates an engine over these databases; engines share no state in memory.
    pub async fn engine(&self) -> Arc<MongoEngine> {
        MongoEngine::connect(self.options()).await.unwrap()
    }

    /// Creates a store over its own engine, with the system clock.
    pub async fn store(&self) -> Store {
        Store::new(self.engine().await, Context::system())
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        block_in_place(|| Handle::current().block_on(self.0.clear()));
    }
}

/// Creates a world for the conformance suite.
pub async fn world() -> World {
    let fresh = Fresh::shared().await;
    World::new(fresh.engine().await, fresh.engine().await, fresh)
}

/// Creates a tenant in the shared collections.
pub fn tenant(store: &Store) -> TenantStore {
    store.tenant(
        base::TenantId::new(store.context().new_object_id()),
        Isolation::Shared,
    )
}

/// Returns a record with a retry key.
pub fn sent(room: Id<Room>, sender: Id<User>, client_id: &str) -> Entry {
    Entry {
        room,
        seq: Seq::Assigned,
        shown: true,
        sender: Some(sender),
        client_id: Some(client_id.to_owned()),
        changed_seq: Seq::Assigned,
        text: client_id.to_owned(),
    }
}

/// Returns a person of the team `red`.
pub fn person(external_id: &str) -> User {
    let external_id = Some(external_id.to_owned());
    User {
        external_id,
        team: "red".to_owned(),
        age: None,
        points: None,
        seen_at: None,
    }
}

/// Appends a record with a guard that accepts everything.
pub async fn append(tenant: &TenantStore, record: Entry) -> Result<Appended<Entry>, AppendError> {
    let writer = tenant.clone();
    let guard = Guard::new(move |_| Ok(writer.batch()));
    let seen = tenant
        .heads::<Entry>(&[record.room])
        .await?
        .first()
        .map_or(0, |head| head.seq);
    tenant
        .append(
            record.room,
            Append {
                id: tenant.context().new_id(),
                record,
                seen: Some(seen),
                guard,
            },
        )
        .await
}
