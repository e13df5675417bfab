//! Collections and engines for the stories of this crate.

use std::sync::Arc;

use base::{Context, Id, TenantId};
use store::{Append, Batch, Guard, Isolation, Store, Tenant, TenantData};
use store_sqlite::{Options, SqliteEngine};
use tempfile::TempDir;

store::collection! {
    /// Somebody.
    pub struct Person: TenantData "people" {
        /// The tenant's own id.
        external_id: Option<String>,
        /// What others see.
        name: String,
        /// Years.
        age: Option<i64>,
        /// How often seen.
        seen: i64,
    }
    soft_delete: true;
    indexes {
        by_external_id: UniqueWhenPresent [external_id];
        by_name: None [name];
        by_age: None [age];
    }
}

store::collection! {
    /// What was said in a talk.
    pub struct Line: TenantData "lines" {
        /// The talk.
        talk_id: Id<Talk>,
        /// The number in the talk.
        seq: i64,
        /// Whether it is of the main timeline.
        shown: bool,
        /// Who said it.
        sender_id: String,
        /// The sender's own id of it.
        client_id: Option<String>,
        /// What was said.
        text: String,
    }
    shard_by: [talk_id];
    log: {
        key: talk_id of Talk, seq: seq, shown: shown,
        fence: by_seq, timeline: by_shown, retry: by_client_id,
    };
    indexes {
        by_seq: Unique [talk_id, seq];
        by_shown: None [talk_id, shown, seq];
        by_client_id: UniqueWhenPresent [talk_id, sender_id, client_id];
    }
}

store::collection! {
    /// Somebody is typing.
    pub struct Typing: TenantEphemeral "typing" {
        /// The talk.
        talk_id: Id<Talk>,
        /// When it is forgotten.
        expires_at: base::Timestamp,
    }
    expires: expires_at;
    indexes {
        by_talk: Unique [talk_id];
    }
}

/// What a log belongs to.
#[derive(Debug)]
pub enum Talk {}

pub fn catalogue() -> Vec<&'static store::Declaration> {
    use store::Collection;
    vec![Person::DECLARATION, Line::DECLARATION, Typing::DECLARATION]
}

/// A data folder, and stores over it.
pub struct World {
    pub folder: TempDir,
    pub context: Context,
}

impl World {
    pub fn new() -> Self {
        Self { folder: tempfile::tempdir().unwrap(), context: Context::system() }
    }

    pub fn engine(&self, open_files: usize) -> Arc<SqliteEngine> {
        let data_dir = self.folder.path().to_owned();
        SqliteEngine::open(Options { data_dir, catalogue: catalogue(), open_files }).unwrap()
    }

    pub fn store(&self) -> Store {
        Store::new(self.engine(16), self.context.clone())
    }

    pub fn tenant_id(&self) -> TenantId {
        TenantId::new(self.context.new_object_id())
    }

    pub fn tenant(&self, store: &Store) -> Tenant {
        store.tenant(self.tenant_id(), Isolation::Shared)
    }
}

/// Somebody of that name.
pub fn person(name: &str) -> Person {
    Person { external_id: None, name: name.to_owned(), age: None, seen: 0 }
}

/// A line that nobody minds.
pub fn line(tenant: &Tenant, talk: Id<Talk>, client_id: Option<&str>) -> Append<Line> {
    let context = tenant.context().clone();
    let batch = tenant.clone();
    Append {
        id: context.new_id(),
        record: Line {
            talk_id: talk,
            seq: 0,
            shown: true,
            sender_id: "anna".to_owned(),
            client_id: client_id.map(str::to_owned),
            text: "hello".to_owned(),
        },
        seen: 0,
        guard: Guard::new(move |_| Ok::<Batch<TenantData>, base::Failure>(batch.batch())),
    }
}
