use base::Context;
use mongodb::Client;
use tokio::sync::OnceCell;

use crate::mongod::ReplicaSet;

/// The databases of one test on a replica set, distinguished by a prefix.
#[derive(Debug)]
pub struct Namespace {
    uri: String,
    prefix: String,
}

impl Namespace {
    /// Creates a namespace on the replica set that tests share.
    ///
    /// It is the one at `CAAS_MONGODB`, or one that this process starts.
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

    /// Creates a namespace on the test's own replica set.
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

    /// Returns the replica set's address.
    #[must_use]
    pub fn uri(&self) -> &str {
        &self.uri
    }

    /// Returns the prefix of the database names.
    #[must_use]
    pub fn prefix(&self) -> &str {
        &self.prefix
    }

    /// Drops the databases with this prefix.
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
