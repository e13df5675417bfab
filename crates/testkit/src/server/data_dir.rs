use std::sync::Arc;

use tempfile::TempDir;
use tokio::process::Command;

use super::Namespace;
use crate::Engine;

/// A key for sealed secrets, the same for every server of a test.
const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Where a server's data lives: a temporary directory, and on `MongoDB` a
/// prefix of its own. Servers with the same data directory share their data.
#[derive(Debug, Clone)]
pub struct DataDir {
    directory: Arc<TempDir>,
    mongodb: Option<Arc<Namespace>>,
    settings: Vec<(&'static str, String)>,
}

impl DataDir {
    /// An empty data directory.
    pub async fn new(engine: Engine) -> Self {
        let directory = Arc::new(TempDir::with_prefix("caas-").expect("a temporary directory"));
        let mongodb = match engine {
            Engine::Sqlite => None,
            Engine::MongoDb => Some(Arc::new(Namespace::shared().await)),
        };
        Self {
            directory,
            mongodb,
            settings: Vec::new(),
        }
    }

    /// An empty data directory on a replica set of the test's own.
    #[must_use]
    pub fn on(uri: &str) -> Self {
        let directory = Arc::new(TempDir::with_prefix("caas-").expect("a temporary directory"));
        Self {
            directory,
            mongodb: Some(Arc::new(Namespace::on(uri))),
            settings: Vec::new(),
        }
    }

    /// Another directory over the same data, for a second node. On the embedded
    /// engine, which a second process cannot serve, it is the same directory.
    #[must_use]
    pub fn for_second_node(&self) -> Self {
        if self.mongodb.is_none() {
            return self.clone();
        }
        let directory = Arc::new(TempDir::with_prefix("caas-").expect("a temporary directory"));
        Self {
            directory,
            ..self.clone()
        }
    }

    /// Sets an environment variable for the servers on this data directory.
    #[must_use]
    pub fn with(mut self, name: &'static str, value: impl ToString) -> Self {
        self.settings.push((name, value.to_string()));
        self
    }

    /// The replica set's address and the prefix of the databases there, on `MongoDB`.
    #[must_use]
    pub fn mongodb(&self) -> Option<(&str, &str)> {
        self.mongodb
            .as_ref()
            .map(|namespace| (namespace.uri(), namespace.prefix()))
    }

    /// The data directory.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// Removes what lies on a shared replica set; a directory goes by itself.
    pub async fn clear(&self) {
        if let Some(mongodb) = &self.mongodb {
            mongodb.clear().await;
        }
    }

    /// Tells a command where its data lives.
    pub(super) fn configure(&self, command: &mut Command) {
        command.arg("--data-dir").arg(self.directory.path());
        command
            .env("CAAS_MASTER_KEY", MASTER_KEY)
            .env("CAAS_LOG", "warn");
        if let Some(mongodb) = &self.mongodb {
            command
                .env("CAAS_STORE", mongodb.uri())
                .env("CAAS_STORE_PREFIX", mongodb.prefix());
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
    }
}
