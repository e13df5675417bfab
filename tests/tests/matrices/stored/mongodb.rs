use std::collections::BTreeSet;

use futures_util::TryStreamExt;
use mongodb::bson::{Document, doc};
use mongodb::error::Result;
use mongodb::{Client, Database};

use super::{SEEN, is_of_the_moment};

/// Every document of the databases with this prefix.
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

async fn documents(database: &Database) -> Result<Vec<String>> {
    let mut all = Vec::new();
    for name in database
        .list_collection_names()
        .await?
        .iter()
        .filter(|name| !is_of_the_moment(name))
    {
        let found = database.collection::<Document>(name).find(doc! {}).await?;
        let found: Vec<Document> = found.try_collect().await?;
        for mut document in found {
            document.remove(SEEN);
            all.push(format!("{name} {document}"));
        }
    }
    Ok(all)
}
