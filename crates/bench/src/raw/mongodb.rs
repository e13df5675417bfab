//! Statements on `MongoDB`.

use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use bson::oid::ObjectId;
use bson::{Document, RawDocumentBuf, doc};
use futures_util::TryStreamExt;
use mongodb::options::{Acknowledgment, CollectionOptions, IndexOptions, WriteConcern};
use mongodb::{Client, Collection, Database, IndexModel};
use testkit::DataDir;

use super::{Layout, PAGE, PageQuery, SAMPLE};
use crate::drive::{LoadClient, drive};
use crate::process;
use crate::sample::{Sample, Watch, micros};
use crate::workload::READERS;

/// Shared database of the server, and a separate one for copies.
struct Databases {
    shared: Database,
    bare: Database,
}

impl Databases {
    /// Drops the database of the copies.
    async fn drop_bare(self) {
        let dropped = self.bare.drop().await;
        dropped.expect("a database can be dropped");
    }
}

/// Connects to the replica set of the server.
async fn open(data_dir: &DataDir) -> Databases {
    let (uri, prefix) = data_dir.mongodb().expect("a home on MongoDB");
    let client = Client::with_uri_str(uri).await.expect("the replica set");
    let named = |name: &str| client.database(&format!("{prefix}_{name}"));
    Databases {
        shared: named("shared"),
        bare: named("raw"),
    }
}

/// Parses an id.
pub fn id(text: &str) -> ObjectId {
    ObjectId::parse_str(text).expect("an id")
}

/// Reads pages of the server's collection with the concurrency of the clients.
pub(super) async fn find(data_dir: &DataDir, queries: &[PageQuery], length: Duration) -> Sample {
    let messages = open(data_dir).await.shared.collection("messages");
    let finders = (0..READERS).map(|turn| Finder {
        messages: messages.clone(),
        queries: queries.to_vec(),
        turn,
    });
    drive(process::own(), finders.collect(), length).await.0
}

struct Finder {
    messages: Collection<RawDocumentBuf>,
    queries: Vec<PageQuery>,
    turn: usize,
}

impl LoadClient for Finder {
    async fn act(&mut self) {
        self.turn += 1;
        let page = &self.queries[self.turn % self.queries.len()];
        let filter = doc! {
            "tenant_id": &page.tenant, "conversation_id": id(&page.conversation), "shown": true,
            "seq": { "$lt": page.before },
        };
        let found = self
            .messages
            .find(filter)
            .sort(doc! { "seq": -1 })
            .limit(PAGE as i64)
            .await
            .expect("a cursor");
        let found: Vec<RawDocumentBuf> = found.try_collect().await.expect("documents");
        assert_eq!(found.len(), PAGE, "the page is full");
    }
}

/// Writes to a new collection, `group` documents per `insertMany`.
pub(super) async fn insert(
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
    let mut durations = Vec::new();
    let mut written = 0;
    while Instant::now() < until {
        let from = written % documents.len();
        let batch = documents
            .iter()
            .skip(from)
            .take(group)
            .map(|document| again(document, written));
        let batch: Vec<_> = batch.collect();
        let started = Instant::now();
        bare.insert_many(&batch)
            .ordered(false)
            .await
            .expect("new documents");
        durations.push(micros(started.elapsed()));
        written += batch.len();
    }
    let sample = watch.stop(written, durations);
    databases.drop_bare().await;
    sample
}

/// Writes to a new collection with the server's indexes, one document per call.
pub(super) async fn one_by_one(data_dir: &DataDir, concurrency: usize, length: Duration) -> Sample {
    let databases = open(data_dir).await;
    let documents = documents(&databases).await;
    let bare = fresh(&databases, Layout::Ours).await;
    let writer = |number: usize| Writer {
        bare: bare.clone(),
        document: documents[number % documents.len()].clone(),
    };
    let (sample, _) = drive(
        process::own(),
        (0..concurrency).map(writer).collect(),
        length,
    )
    .await;
    databases.drop_bare().await;
    sample
}

struct Writer {
    bare: Collection<Document>,
    document: Document,
}

impl LoadClient for Writer {
    async fn act(&mut self) {
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        self.bare
            .insert_one(again(&self.document, number))
            .await
            .expect("a new document");
    }
}

/// Number of the next single document.
static NEXT: AtomicUsize = AtomicUsize::new(0);

/// Returns a copy of the document as another message of its conversation.
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
