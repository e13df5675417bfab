use bson::oid::ObjectId;
use mongodb::{Client, Database};
use testkit::DataDir;

/// The database of the tenants that share one, and a bare one beside it.
pub(super) struct Databases {
    pub(super) shared: Database,
    pub(super) bare: Database,
}

/// Connects to the server's replica set.
pub(super) async fn open(data_dir: &DataDir) -> Databases {
    let (uri, prefix) = data_dir.mongodb().expect("a data_dir on MongoDB");
    let client = Client::with_uri_str(uri).await.expect("the replica set");
    let named = |name: &str| client.database(&format!("{prefix}_{name}"));
    Databases {
        shared: named("shared"),
        bare: named("raw"),
    }
}

/// An id as it is stored.
pub fn id(text: &str) -> ObjectId {
    ObjectId::parse_str(text).expect("an id")
}
