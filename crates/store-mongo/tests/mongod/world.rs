//! Databases of a test's own on a real replica set.

use std::sync::Arc;

use base::{Context, Id};
use store::conformance::{Entry, Person, Room, World, catalogue};
use store::{Append, AppendError, Appended, Guard, Isolation, Seq, Store, TenantStore};
use store_mongo::{MongoEngine, Options};
use testkit::server::Namespace;
use tokio::runtime::Handle;
use tokio::task::block_in_place;

/// Databases that are dropped with it. Needs a runtime of several threads.
pub struct Fresh(Namespace);

impl Fresh {
    /// On the replica set that tests share.
    pub async fn shared() -> Self {
        Self(Namespace::shared().await)
    }

    /// On a replica set of the test's own.
    pub fn on(uri: &str) -> Self {
        Self(Namespace::on(uri))
    }

    /// How an engine reaches them.
    pub fn options(&self) -> Options {
        Options {
            prefix: self.0.prefix().to_owned(),
            ..Options::new(self.0.uri(), catalogue())
        }
    }

    /// An engine over them; each shares nothing with the next.
    pub async fn engine(&self) -> Arc<MongoEngine> {
        MongoEngine::connect(self.options()).await.unwrap()
    }

    /// A store over an engine of its own, on the machine's clock.
    pub async fn store(&self) -> Store {
        Store::new(self.engine().await, Context::system())
    }
}

impl Drop for Fresh {
    fn drop(&mut self) {
        block_in_place(|| Handle::current().block_on(self.0.clear()));
    }
}

/// A world for the stories of every engine.
pub async fn world() -> World {
    let fresh = Fresh::shared().await;
    World::new(fresh.engine().await, fresh.engine().await, fresh)
}

/// A new tenant in the shared collections.
pub fn tenant(store: &Store) -> TenantStore {
    store.tenant(
        base::TenantId::new(store.context().new_object_id()),
        Isolation::Shared,
    )
}

/// A record under a retry key.
pub fn sent(room: Id<Room>, sender: Id<Person>, client_id: &str) -> Entry {
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

/// A person of a team.
pub fn person(external_id: &str) -> Person {
    let external_id = Some(external_id.to_owned());
    Person {
        external_id,
        team: "red".to_owned(),
        age: None,
        points: None,
        seen_at: None,
    }
}

/// Appends under a guard that lets everything stand.
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
