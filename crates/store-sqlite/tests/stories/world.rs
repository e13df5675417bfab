//! A data folder with stores over it, and people to put in.

use std::sync::Arc;

use base::{Context, TenantId};
use store::conformance::{Person, catalogue};
use store::{CommitError, Entity, Isolation, Store, TenantStore};
use store_sqlite::{OpenError, Options, SqliteEngine};
use tempfile::TempDir;

/// A data folder, and stores over it.
pub struct World {
    pub folder: TempDir,
    pub context: Context,
}

impl World {
    pub fn new() -> Self {
        Self {
            folder: tempfile::tempdir().unwrap(),
            context: Context::system(),
        }
    }

    /// A store that shares nothing with the others but the files.
    pub fn store(&self, open_files: usize) -> Store {
        Store::new(self.open(open_files).unwrap(), self.context.clone())
    }

    /// An engine over the files.
    pub fn open(&self, open_files: usize) -> Result<Arc<SqliteEngine>, OpenError> {
        let data_dir = self.folder.path().to_owned();
        SqliteEngine::open(Options {
            data_dir,
            catalogue: catalogue(),
            open_files,
        })
    }

    pub fn tenant(&self, store: &Store, isolation: Isolation) -> TenantStore {
        store.tenant(TenantId::new(self.context.new_object_id()), isolation)
    }

    /// The names of the database files, in order.
    pub fn files(&self) -> Vec<String> {
        let list = |folder: std::path::PathBuf| {
            std::fs::read_dir(folder)
                .into_iter()
                .flatten()
                .map(|entry| entry.unwrap().path())
        };
        let all = list(self.folder.path().to_owned()).chain(list(self.folder.path().join("pro")));
        let names = all.filter(|path| path.extension().is_some_and(|extension| extension == "db"));
        let mut names: Vec<_> = names
            .map(|path| {
                path.strip_prefix(self.folder.path())
                    .unwrap()
                    .display()
                    .to_string()
            })
            .collect();
        names.sort();
        names
    }
}

/// Writes somebody of that team.
pub async fn join(
    tenant: &TenantStore,
    team: &str,
    external_id: Option<&str>,
) -> Result<Entity<Person>, CommitError> {
    let mut batch = tenant.batch();
    let person = batch.insert(Person {
        external_id: external_id.map(str::to_owned),
        team: team.to_owned(),
        age: None,
        points: None,
        seen_at: None,
    });
    tenant.commit(batch).await.map(|()| person)
}

/// How many are in a team.
pub async fn members(tenant: &TenantStore, team: &str) -> usize {
    tenant
        .count(Person::by_team.eq(Person::team, team.to_owned()), 10_000)
        .await
        .unwrap()
}
