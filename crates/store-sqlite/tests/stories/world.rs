//! Data directory with stores on it, and people to write.

use std::sync::Arc;

use base::{Context, TenantId};
use store::{CommitError, Entity, Isolation, Store, TenantStore};
use store_conformance::{User, catalogue};
use store_sqlite::{OpenError, Options, SqliteEngine};
use tempfile::TempDir;

/// Data directory with stores on it.
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

    /// Creates a store that shares only the files with other stores.
    pub fn store(&self, open_files: usize) -> Store {
        Store::new(self.open(open_files).unwrap(), self.context.clone())
    }

    /// Opens an engine on the files.
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

    /// Returns the names of the database files in sorted order.
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

/// Writes a person of the team.
pub async fn join(
    tenant: &TenantStore,
    team: &str,
    external_id: Option<&str>,
) -> Result<Entity<User>, CommitError> {
    let mut batch = tenant.batch();
    let person = batch.insert(User {
        external_id: external_id.map(str::to_owned),
        team: team.to_owned(),
        age: None,
        points: None,
        seen_at: None,
    });
    tenant.commit(batch).await.map(|()| person)
}

/// Returns the number of people in a team.
pub async fn members(tenant: &TenantStore, team: &str) -> usize {
    tenant
        .count(User::by_team.eq(User::team, team.to_owned()), 10_000)
        .await
        .unwrap()
}
