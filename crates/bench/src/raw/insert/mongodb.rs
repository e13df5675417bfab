use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bson::oid::ObjectId;
use bson::{Document, doc};
use futures_util::TryStreamExt;
use mongodb::options::{Acknowledgment, CollectionOptions, IndexOptions, WriteConcern};
use mongodb::{Collection, IndexModel};
use testkit::DataDir;

use super::{Layout, SAMPLE};
use crate::drive::{Client, drive};
use crate::process;
use crate::raw::mongodb::{Databases, open};
use crate::sample::{Sample, Watch, micros};

/// Writes into a fresh collection, `group` documents an `insertMany`.
pub(in crate::raw) async fn insert(
    data_dir: &DataDir,
    layout: Layout,
    group: usize,
    length: Duration,
) -> Sample {
    let databases = open(data_dir).await;
    let documents = documents(&databases).await;
    let bare = fresh(&databases, layout).await;
    let watch = Watch::start(process::own());
    let until = Instant::now() + length;
    let mut took = Vec::new();
    let mut written = 0;
    while Instant::now() < until {
        let from = written % documents.len();
        let batch = documents
            .iter()
            .skip(from)
            .take(group)
            .map(|document| again(document, written));
        let batch: Vec<_> = batch.collect();
        let begun = Instant::now();
        bare.insert_many(&batch)
            .ordered(false)
            .await
            .expect("new documents");
        took.push(micros(begun.elapsed()));
        written += batch.len();
    }
    let sample = watch.stop(written, took);
    databases
        .bare
        .drop()
        .await
        .expect("a database can be dropped");
    sample
}

/// Writes into a fresh collection with our indexes, one document a call.
pub(in crate::raw) async fn one_by_one(
    data_dir: &DataDir,
    at_once: usize,
    length: Duration,
) -> Sample {
    let databases = open(data_dir).await;
    let documents = documents(&databases).await;
    let bare = fresh(&databases, Layout::Ours).await;
    let writer = |number: usize| Writer {
        bare: bare.clone(),
        document: documents[number % documents.len()].clone(),
    };
    let (sample, _) = drive(process::own(), (0..at_once).map(writer).collect(), length).await;
    databases
        .bare
        .drop()
        .await
        .expect("a database can be dropped");
    sample
}

struct Writer {
    bare: Collection<Document>,
    document: Document,
}

impl Client for Writer {
    async fn act(&mut self) {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.bare
            .insert_one(again(&self.document, number))
            .await
            .expect("a new document");
    }
}

/// Numbers what is written one by one.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// The document as another message of its conversation.
fn again(document: &Document, number: usize) -> Document {
    let mut document = document.clone();
    document.insert("_id", ObjectId::new());
    document.insert(
        "seq",
        document.get_i64("seq").unwrap_or_default() + ((number as i64) << 32),
    );
    document.insert(
        "client_message_id",
        format!("bench-again-{number:08}-{}", ObjectId::new()),
    );
    document
}

async fn documents(databases: &Databases) -> Vec<Document> {
    let stored: Collection<Document> = databases.shared.collection("messages");
    let found = stored
        .find(doc! { "kind": "message" })
        .limit(SAMPLE as i64)
        .await
        .expect("the messages");
    found.try_collect().await.expect("the messages")
}

async fn fresh(databases: &Databases, layout: Layout) -> Collection<Document> {
    let concern = WriteConcern::builder()
        .w(Acknowledgment::Majority)
        .journal(true)
        .build();
    let options = CollectionOptions::builder().write_concern(concern).build();
    let bare = databases.bare.collection_with_options("messages", options);
    bare.create_indexes(indexes(databases, layout).await)
        .await
        .expect("the indexes");
    bare
}

async fn indexes(databases: &Databases, layout: Layout) -> Vec<IndexModel> {
    if layout == Layout::Plain {
        let unique = IndexOptions::builder().unique(true).build();
        return vec![
            IndexModel::builder()
                .keys(doc! { "conversation_id": 1, "seq": 1 })
                .options(unique)
                .build(),
        ];
    }
    let stored: Collection<Document> = databases.shared.collection("messages");
    let all: Vec<IndexModel> = stored
        .list_indexes()
        .await
        .expect("the indexes")
        .try_collect()
        .await
        .expect("the indexes");
    all.into_iter()
        .filter(|index| !index.keys.contains_key("_id") || index.keys.len() > 1)
        .collect()
}
