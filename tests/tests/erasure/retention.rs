//! Retention of old messages, on an engine of the test's own with a mock clock.

use std::sync::Arc;

use base::{Clock, Context, MockClock, OsEntropy, TenantId, Timestamp};
use domain::messaging::{Message, RecordKind};
use domain::retention::{RetentionJob, RetentionSubject, Wanted, set};
use domain::{Actor, catalogue, messaging};
use store::{Engine, Isolation, Store};
use testkit::{DataDir, Engine as Kind};

use super::many::{begin, person, say};

const DAY: i64 = 24 * 60 * 60 * 1_000;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_messages_go_on_sqlite() {
    let data_dir = DataDir::new(Kind::Sqlite).await;
    let options = store_sqlite::Options {
        data_dir: data_dir.path().to_owned(),
        catalogue: catalogue(),
        open_files: 8,
    };
    Box::pin(old_messages_go(
        store_sqlite::SqliteEngine::open(options).expect("an engine"),
    ))
    .await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn old_messages_go_on_mongodb() {
    if !Kind::MongoDb.covered() {
        return;
    }
    let data_dir = DataDir::new(Kind::MongoDb).await;
    let (uri, prefix) = data_dir.mongodb().expect("an address");
    let options = store_mongo::Options {
        prefix: prefix.to_owned(),
        ..store_mongo::Options::new(uri, catalogue())
    };
    Box::pin(old_messages_go(
        store_mongo::MongoEngine::connect(options)
            .await
            .expect("an engine"),
    ))
    .await;
    data_dir.clear().await;
}

async fn old_messages_go(engine: Arc<dyn Engine>) {
    let clock = Arc::new(MockClock::at(Timestamp::from_millis(1_769_850_000_000)));
    let context = Context::new(Arc::clone(&clock) as Arc<dyn Clock>, Arc::new(OsEntropy));
    let store = Store::new(engine, context);
    for isolation in [
        Isolation::Shared,
        Isolation::DedicatedCollections,
        Isolation::DedicatedDatabase,
    ] {
        let tenant = store.tenant(TenantId::new(store.context().new_object_id()), isolation);
        let bob = person(&tenant, "bob").await;
        let group = begin(&tenant, bob, &[]).await;
        for text in ["old", "older"] {
            say(&tenant, bob, group, text).await;
        }
        clock.advance(20 * DAY);
        say(&tenant, bob, group, "new").await;
        let wanted = Wanted {
            days: Some(10),
            legal_hold: false,
        };
        let rule = set(&tenant, RetentionSubject::Tenant(tenant.id()), wanted)
            .await
            .expect("a rule");
        let mut run = RetentionJob::lease(&tenant, rule.id)
            .await
            .expect("an answer")
            .expect("it is due");
        while run.step().await.expect("a step") {}
        let log = tenant
            .list(
                Message::by_seq
                    .eq(Message::conversation_id, group)
                    .limit(100),
            )
            .await
            .expect("a log")
            .items;
        let texts: Vec<_> = log
            .iter()
            .filter(|it| it.kind == RecordKind::Message)
            .map(|it| it.content.as_deref())
            .collect();
        assert_eq!(texts, [None, None, Some("new")]);
        assert_eq!(
            log.last().map(|record| record.kind),
            Some(RecordKind::Expiry)
        );
        let seen = messaging::get_message(&tenant, Actor::User(bob), log[1].id)
            .await
            .expect("a tombstone")
            .0;
        assert!(seen.deleted_at.is_some());
    }
    store.close().await;
}
