use base::Context;
use mongodb::Client;
use tokio::sync::OnceCell;

use crate::mongod::ReplicaSet;

/// Databases of a test's own on a replica set, told apart by their prefix.
#[derive(Debug)]
pub struct Namespace {
    uri: String,
    prefix: String,
}

impl Namespace {
    /// On the replica set that tests share: the one at `CAAS_MONGODB`, else
    /// one that this process starts.
    pub async fn shared() -> Self {
        static STARTED: OnceCell<ReplicaSet> = OnceCell::const_new();
        if let Ok(uri) = std::env::var("CAAS_MONGODB") {
            return Self::on(&uri);
        }
        let start = || async {
            ReplicaSet::start(1)
                .await
                .expect("a mongod to test against; `cargo xtask test` fetches one")
        };
        Self::on(&STARTED.get_or_init(start).await.uri())
    }

    /// On a replica set that the test keeps.
    #[must_use]
    pub fn on(uri: &str) -> Self {
        let prefix = Context::system()
            .random::<6>()
            .iter()
            .fold("t".to_owned(), |text, byte| format!("{text}{byte:02x}"));
        Self {
            uri: uri.to_owned(),
            prefix,
        }
    }

    /// The replica set's address.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// What the names of its databases begin with.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Drops its databases.
    pub async fn clear(&self) {
        let client = Client::with_uri_str(&self.uri)
            .await
            .expect("the address of a replica set");
        let names = client
            .list_database_names()
            .await
            .expect("the replica set answers");
        for name in names.iter().filter(|name| name.starts_with(&self.prefix)) {
            client
                .database(name)
                .drop()
                .await
                .expect("a database can be dropped");
        }
    }
}
