use std::sync::Arc;

use tempfile::TempDir;
use tokio::process::Command;

use super::Namespace;
use crate::Engine;

/// Master key of the servers, the same in every test.
const MASTER_KEY: &str = "000102030405060708090a0b0c0d0e0f101112131415161718191a1b1c1d1e1f";

/// The data of a server: a temporary directory and, on `MongoDB`, a database prefix of its own.
///
/// Servers with the same data directory share their data.
#[derive(Debug, Clone)]
pub struct DataDir {
    directory: Arc<TempDir>,
    /// Directory with the media folder that all nodes share, on `MongoDB`.
    shared: Arc<TempDir>,
    mongodb: Option<Arc<Namespace>>,
    settings: Vec<(&'static str, String)>,
}

/// Returns settings with which password hashes cost next to nothing.
fn cheap_passwords() -> Vec<(&'static str, String)> {
    vec![
        ("CAAS_PASSWORD_MEMORY_KIB", "256".to_owned()),
        ("CAAS_PASSWORD_ITERATIONS", "1".to_owned()),
    ]
}

impl DataDir {
    /// Creates an empty data directory.
    pub async fn new(engine: Engine) -> Self {
        let directory = Arc::new(TempDir::with_prefix("caas-").expect("a temporary directory"));
        let mongodb = match engine {
            Engine::Sqlite => None,
            Engine::MongoDb => Some(Arc::new(Namespace::shared().await)),
        };
        Self {
            shared: Arc::clone(&directory),
            directory,
            mongodb,
            settings: cheap_passwords(),
        }
    }

    /// Creates an empty data directory on the test's own replica set.
    #[must_use]
    pub fn on(uri: &str) -> Self {
        let directory = Arc::new(TempDir::with_prefix("caas-").expect("a temporary directory"));
        Self {
            shared: Arc::clone(&directory),
            directory,
            mongodb: Some(Arc::new(Namespace::on(uri))),
            settings: cheap_passwords(),
        }
    }

    /// Returns another directory over the same data, for a second node.
    ///
    /// On the embedded engine it is the same directory, which a second process cannot serve.
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

    /// Returns the replica set's address and the prefix of the databases, on `MongoDB`.
    #[must_use]
    pub fn mongodb(&self) -> Option<(&str, &str)> {
        self.mongodb
            .as_ref()
            .map(|namespace| (namespace.uri(), namespace.prefix()))
    }

    /// Returns the path of the directory.
    #[must_use]
    pub fn path(&self) -> &std::path::Path {
        self.directory.path()
    }

    /// Removes the databases on a shared replica set. The directory is removed when dropped.
    pub async fn clear(&self) {
        if let Some(mongodb) = &self.mongodb {
            mongodb.clear().await;
        }
    }

    /// Passes the data directory and the settings to a command.
    pub(super) fn configure(&self, command: &mut Command) {
        command.arg("--data-dir").arg(self.directory.path());
        command
            .env("CAAS_MASTER_KEY", MASTER_KEY)
            .env("CAAS_LOG", "warn");
        if let Some(mongodb) = &self.mongodb {
            let media = self.shared.path().join("media");
            command
                .env("CAAS_MEDIA_URL", format!("file://{}", media.display()))
                .env("CAAS_STORE", mongodb.uri())
                .env("CAAS_STORE_PREFIX", mongodb.prefix());
        }
        command.envs(self.settings.iter().map(|(name, value)| (name, value)));
    }
}
