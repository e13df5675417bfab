use std::time::{Duration, Instant};

use bson::Document;
use futures_util::TryStreamExt;
use mongodb::options::{Acknowledgment, CollectionOptions, WriteConcern};
use mongodb::{Client, Collection, IndexModel};
use testkit::Home;

/// Documents that are read to be written again.
const SAMPLE: i64 = 20_000;

/// Writes the messages that the server stored into a fresh collection with
/// the same indexes, `group` documents an `insertMany`, and answers documents
/// a second.
pub async fn rate(home: &Home, group: usize, length: Duration) -> f64 {
    let (uri, prefix) = home.mongodb().expect("a home on MongoDB");
    let client = Client::with_uri_str(uri).await.expect("the replica set");
    let stored: Collection<Document> = client.database(&format!("{prefix}_shared")).collection("messages");
    let documents: Vec<Document> = stored
        .find(Document::new())
        .limit(SAMPLE)
        .await
        .expect("the messages")
        .try_collect()
        .await
        .expect("the messages");
    let bare = fresh(&client, &format!("{prefix}_raw"), &stored).await;
    let (mut written, begun) = (0, Instant::now());
    for batch in documents.chunks(group) {
        if begun.elapsed() > length {
            break;
        }
        bare.insert_many(batch).ordered(false).await.expect("new documents");
        written += batch.len();
    }
    let rate = written as f64 / begun.elapsed().as_secs_f64();
    client.database(&format!("{prefix}_raw")).drop().await.expect("an empty database");
    rate
}

async fn fresh(client: &Client, database: &str, stored: &Collection<Document>) -> Collection<Document> {
    let concern = WriteConcern::builder().w(Acknowledgment::Majority).journal(true).build();
    let options = CollectionOptions::builder().write_concern(concern).build();
    let bare = client.database(database).collection_with_options("messages", options);
    let indexes: Vec<IndexModel> =
        stored.list_indexes().await.expect("the indexes").try_collect().await.expect("the indexes");
    let own = indexes.into_iter().filter(|index| !index.keys.contains_key("_id") || index.keys.len() > 1);
    bare.create_indexes(own).await.expect("the same indexes");
    bare
}
