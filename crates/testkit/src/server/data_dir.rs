use std::sync::Arc;

use tempfile::TempDir;
use tokio::process::Command;

use super::Namespace;
use crate::Engine;

/// A key for sealed secrets, the same for every server of a test.
const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// Where a server's data lives: a temporary folder, and on `MongoDB` a
/// prefix of its own. Servers with the same home share their data.
#[derive(Debug, Clone)]
pub struct Home {
    folder: Arc<TempDir>,
    mongodb: Option<Arc<Namespace>>,
    settings: Vec<(&'static str, String)>,
}

impl Home {
    /// An empty home.
    pub async fn new(engine: Engine) -> Self {
        let folder = Arc::new(TempDir::with_prefix("caas-").expect("a temporary folder"));
        let mongodb = match engine {
            Engine::Sqlite => None,
            Engine::MongoDb => Some(Arc::new(Namespace::shared().await)),
        };
        Self {
            folder,
            mongodb,
            settings: Vec::new(),
        }
    }

    /// An empty home on a replica set of the test's own.
    #[must_use]
    pub fn on(uri: &str) -> Self {
        let folder = Arc::new(TempDir::with_prefix("caas-").expect("a temporary folder"));
        Self {
            folder,
            mongodb: Some(Arc::new(Namespace::on(uri))),
            settings: Vec::new(),
        }
    }

    /// Another folder over the same data, for a second node. On the embedded
    /// engine, which a second process cannot serve, it is the same folder.
    #[must_use]
    pub fn neighbour(&self) -> Self {
        if self.mongodb.is_none() {
            return self.clone();
        }
        let folder = Arc::new(TempDir::with_prefix("caas-").expect("a temporary folder"));
        Self {
            folder,
            ..self.clone()
        }
    }

    /// The same home, whose servers are told a setting by an environment variable.
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

    /// The data folder.
    #[must_use]
    pub fn folder(&self) -> &std::path::Path {
        self.folder.path()
    }

    /// Removes what lies on a shared replica set; a folder goes by itself.
    pub async fn clear(&self) {
        if let Some(mongodb) = &self.mongodb {
            mongodb.clear().await;
        }
    }

    /// Tells a command where its data lives.
    pub(super) fn furnish(&self, command: &mut Command) {
        command.arg("--data-dir").arg(self.folder.path());
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
