use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, RawDocumentBuf, doc};
use mongodb::error::Result;
use mongodb::{Client, Database};

use super::{LAST_SEEN, is_transient};

/// Returns every document of the databases with this prefix.
pub async fn everything(uri: &str, prefix: &str) -> BTreeSet<String> {
    let client = Client::with_uri_str(uri)
        .await
        .expect("the address of a replica set");
    let names = client
        .list_database_names()
        .await
        .expect("the replica set answers");
    let mut all = BTreeSet::new();
    for name in names.iter().filter(|name| name.starts_with(prefix)) {
        all.extend(
            documents(&client.database(name))
                .await
                .expect("a database can be read"),
        );
    }
    all
}

/// Returns the names of the collections that have a document.
pub async fn collections(uri: &str, prefix: &str) -> BTreeSet<String> {
    let client = Client::with_uri_str(uri)
        .await
        .expect("the address of a replica set");
    let databases = client
        .list_database_names()
        .await
        .expect("the replica set answers");
    let mut filled = BTreeSet::new();
    for database in databases.iter().filter(|name| name.starts_with(prefix)) {
        let database = client.database(database);
        let names = database
            .list_collection_names()
            .await
            .expect("a database can be read");
        for name in names {
            let collection = database.collection::<Document>(&name);
            let first = collection.find_one(doc! {}).await;
            if first.expect("a collection can be read").is_some() {
                filled.insert(without_tenant(&name).to_owned());
            }
        }
    }
    filled
}

/// Removes the tenant's id, which precedes the name in dedicated collections.
fn without_tenant(name: &str) -> &str {
    name.strip_prefix("clnt_")
        .and_then(|rest| rest.split_once('_'))
        .map_or(name, |(_, name)| name)
}

async fn documents(database: &Database) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for name in database
        .list_collection_names()
        .await?
        .iter()
        .filter(|name| !is_transient(name))
    {
        let found: Vec<RawDocumentBuf> = database
            .collection::<RawDocumentBuf>(name)
            .find(doc! {})
            .projection(doc! { LAST_SEEN: 0 })
            .await?
            .try_collect()
            .await?;
        // Decoding each document would take most of the test in a debug build.
        all.extend(
            found
                .iter()
                .map(|document| format!("{name} {}", document.as_bytes().escape_ascii())),
        );
    }
    Ok(all)
}
