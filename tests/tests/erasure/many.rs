//! Erasure and export of a user with many messages, with the domain on an engine of the test's own.
//!
//! `CAAS_ERASE_MESSAGES` sets the number, 5,000 by default. The durations and the latencies of
//! another user's sends are printed.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use base::{Context, Id, IdOrExternalId, Patch};
use domain::erasure::{self, ErasureJob};
use domain::export::Archive;
use domain::media::{Media, StorageQuota};
use domain::messaging::{
    self, Conversation, ConversationType, Draft, Message, NewConversation, RecordKind,
};
use domain::users::{self, NewUser, User, UserChanges};
use domain::{Actor, catalogue};
use store::{Engine, Isolation, PersonalLine, Seq, Store, TenantStore};
use testkit::{DataDir, Engine as Kind};
use tokio::task::JoinHandle;

use super::CANARY;

/// Default number of messages.
const MESSAGES: i64 = 5_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_many_messages_on_sqlite() {
    let data_dir = DataDir::new(Kind::Sqlite).await;
    let options = store_sqlite::Options {
        data_dir: data_dir.path().to_owned(),
        catalogue: catalogue(),
        open_files: 8,
    };
    Box::pin(erase_many(
        "sqlite",
        store_sqlite::SqliteEngine::open(options).expect("an engine"),
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_user_with_many_messages_on_mongodb() {
    if !Kind::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Kind::MongoDb).await;
    let (uri, prefix) = data_dir.mongodb().expect("an address");
    let options = store_mongo::Options {
        prefix: prefix.to_owned(),
        ..store_mongo::Options::new(uri, catalogue())
    };
    Box::pin(erase_many(
        "mongodb",
        store_mongo::MongoEngine::connect(options)
            .await
            .expect("an engine"),
    ))
    .await;
    data_dir.clear().await;
}

#[expect(
    clippy::print_stdout,
    reason = "the figures are for whoever runs it by hand"
)]
async fn erase_many(name: &str, engine: Arc<dyn Engine>) {
    let messages = std::env::var("CAAS_ERASE_MESSAGES")
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(MESSAGES);
    let store = Store::new(Arc::clone(&engine), Context::system());
    let id = base::TenantId::new(store.context().new_object_id());
    let tenant = store.tenant(id, Isolation::Shared);
    let carol = person(&tenant, CANARY).await;
    let bob = person(&tenant, "bob").await;
    let group = begin(&tenant, bob, &[carol]).await;
    let other = begin(&tenant, bob, &[]).await;
    write_many(&tenant, carol, group, messages).await;
    // A new store, without a cached head of the log.
    let store = Store::new(engine, Context::system());
    let tenant = store.tenant(id, Isolation::Shared);

    let quiet = Sends::start(&tenant, bob, other);
    tokio::time::sleep(Duration::from_secs(1)).await;
    let quiet = quiet.end().await;
    let (exporting, bytes) = timed(Box::pin(export(&tenant, carol))).await;
    let during = Sends::start(&tenant, bob, other);
    let (erasing, steps) = timed(Box::pin(erase(&tenant, carol))).await;
    let during = during.end().await;
    println!(
        "{name}: {messages} messages; export {exporting:.1?}, {bytes} bytes; erasure {erasing:.1?}, {steps} steps; \
         another's sends alone {quiet}, beside it {during}"
    );
    for line in PersonalLine::of(&catalogue()) {
        let left = tenant
            .personal_rows(line, carol.object_id(), None, 1_000)
            .await
            .expect("an answer")
            .rows;
        assert!(
            left.iter().all(|row| !format!("{row:?}").contains(CANARY)),
            "{}",
            line.declaration().name
        );
    }
    store.close().await;
}

pub async fn person(tenant: &TenantStore, name: &str) -> Id<User> {
    let changes = UserChanges {
        name: Patch::Set(name.to_owned()),
        ..UserChanges::default()
    };
    let new = NewUser {
        external_id: name.parse().expect("a name"),
        changes,
    };
    users::upsert(tenant, new).await.expect("a user").user.id
}

pub async fn begin(tenant: &TenantStore, by: Id<User>, others: &[Id<User>]) -> Id<Conversation> {
    let visibility = None;
    let name = None;
    let avatar_url = None;
    let external_id = None;
    let metadata = None;
    let r#type = ConversationType::Group;
    let participants = others.iter().map(|id| IdOrExternalId::Id(*id)).collect();
    let new = NewConversation {
        r#type,
        visibility,
        name,
        avatar_url,
        external_id,
        metadata,
        participants,
    };
    messaging::create(tenant, Actor::User(by), new)
        .await
        .expect("a conversation")
        .view
        .conversation
        .id
}

/// Writes messages after the first record without the sequencer, which would take too long.
async fn write_many(
    tenant: &TenantStore,
    sender: Id<User>,
    group: Id<Conversation>,
    messages: i64,
) {
    let numbers: Vec<i64> = (2..messages + 2).collect();
    for some in numbers.chunks(1_000) {
        let mut batch = tenant.batch();
        some.iter()
            .for_each(|seq| drop(batch.insert(message(sender, group, *seq))));
        tenant.commit(batch).await.expect("messages");
    }
}

fn message(sender: Id<User>, conversation_id: Id<Conversation>, seq: i64) -> Message {
    Message {
        conversation_id,
        seq,
        kind: RecordKind::Message,
        shown: true,
        sender_id: Some(sender),
        client_message_id: Some(format!("{CANARY}-{seq}")),
        fingerprint: Some(format!("{seq:064x}")),
        r#type: Some("text".to_owned()),
        content: Some(format!(
            "{CANARY} sings song number {seq} of many to whoever listens"
        )),
        attachments: None,
        metadata: None,
        thread_id: None,
        reactions: None,
        history: None,
        edited_at: None,
        changed_seq: Seq::At(seq),
        action: None,
        object_id: None,
        user_id: None,
        role: None,
        emoji: None,
        participants: None,
    }
}

async fn timed<T>(work: impl Future<Output = T>) -> (Duration, T) {
    let begun = Instant::now();
    let done = work.await;
    (begun.elapsed(), done)
}

async fn export(tenant: &TenantStore, user: Id<User>) -> usize {
    let folder = tempfile::tempdir().expect("a directory");
    let media = Media::open_folder(folder.path(), StorageQuota::default()).expect("a folder");
    let mut archive = Archive::begin(tenant, &media.storage, &IdOrExternalId::Id(user))
        .await
        .expect("an archive");
    let mut bytes = 0;
    while let Some(part) = archive.next().await.expect("bytes") {
        bytes += part.len();
    }
    bytes
}

/// Erases like the server's job, which pauses after each step for as long as the step took.
async fn erase(tenant: &TenantStore, user: Id<User>) -> i64 {
    let begun = erasure::request(tenant, &IdOrExternalId::Id(user))
        .await
        .expect("an erasure");
    let folder = tempfile::tempdir().expect("a directory");
    let media = Media::open_folder(folder.path(), StorageQuota::default()).expect("a folder");
    let mut run = ErasureJob::lease(tenant, &media, begun.id)
        .await
        .expect("an answer")
        .expect("it is due");
    loop {
        let (took, more) = timed(run.step()).await;
        if !more.expect("a step") {
            return erasure::get(tenant, begun.id)
                .await
                .expect("the report")
                .steps;
        }
        tokio::time::sleep(took).await;
    }
}

pub async fn say(tenant: &TenantStore, user: Id<User>, place: Id<Conversation>, text: &str) {
    let draft = Draft {
        content: Some(text.to_owned()),
        ..Draft::default()
    };
    messaging::send(tenant, Actor::User(user), &IdOrExternalId::Id(place), draft)
        .await
        .expect("a send");
}

/// A user who sends continuously.
struct Sends {
    over: Arc<AtomicBool>,
    sender: JoinHandle<Vec<Duration>>,
}

impl Sends {
    fn start(tenant: &TenantStore, user: Id<User>, place: Id<Conversation>) -> Self {
        let over = Arc::new(AtomicBool::new(false));
        let tenant = tenant.clone();
        let stop = Arc::clone(&over);
        let sender = tokio::spawn(async move {
            let mut took = Vec::new();
            while !stop.load(Ordering::SeqCst) {
                took.push(timed(say(&tenant, user, place, "hello")).await.0);
            }
            took
        });
        Self { over, sender }
    }

    /// Stops and returns the median and the 99th percentile of the latencies.
    async fn end(self) -> String {
        self.over.store(true, Ordering::SeqCst);
        let mut took = self.sender.await.expect("the sender");
        took.sort_unstable();
        let at = |part: usize| {
            took.get(took.len() * part / 100)
                .copied()
                .unwrap_or_default()
        };
        format!("{:.1?} (99 of 100 under {:.1?})", at(50), at(99))
    }
}
