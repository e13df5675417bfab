//! Nodes receive the writes of other nodes through the change stream.

use mongodb::bson::{Document, doc};
use store::{Appended, ChangeEvent, Collection, Engine, Isolation, Store};
use store_conformance::User;
use store_mongo::{MongoEngine, Options};

use crate::world::{Fresh, append, person, sent};

#[tokio::test(flavor = "multi_thread")]
async fn another_node_is_told_in_every_tier() {
    let fresh = Fresh::shared().await;
    let here = fresh.store().await;
    let there = fresh.store().await;
    for isolation in [
        Isolation::Shared,
        Isolation::DedicatedCollections,
        Isolation::DedicatedDatabase,
    ] {
        let mut hints = there.watch();
        let tenant = here.tenant(
            base::TenantId::new(here.context().new_object_id()),
            isolation,
        );
        let room = here.context().new_id();
        let ada = here.context().new_id();
        let Appended::New(entry) = append(&tenant, sent(room, ada, "hello")).await.unwrap() else {
            panic!("known")
        };
        loop {
            let hint = hints.recv().await.unwrap();
            let ChangeEvent::LogAppended {
                tenant: owner,
                log,
                head,
                rows,
                ..
            } = &*hint
            else {
                continue;
            };
            if (*owner, *log) == (tenant.id(), room.object_id()) {
                assert_eq!(*head, 1);
                assert_eq!(*rows[0], entry.to_row());
                break;
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn another_node_is_told_of_watched_changes_with_the_document() {
    let fresh = Fresh::shared().await;
    let here = fresh.store().await;
    let there = fresh.store().await;
    let tenant = crate::world::tenant(&here);
    let mut batch = tenant.batch();
    let ada = batch.insert(person("ada"));
    tenant.commit(batch).await.unwrap();
    let mut hints = there.watch();
    let mut batch = tenant.batch();
    batch.raise(ada.id, User::seen_at, here.context().now());
    tenant.commit(batch).await.unwrap();
    loop {
        let hint = hints.recv().await.unwrap();
        let ChangeEvent::DocumentChanged {
            declaration,
            id,
            row: Some(row),
            ..
        } = &*hint
        else {
            continue;
        };
        if *id == ada.id.object_id() && row.read(User::seen_at).is_some() {
            assert_eq!(declaration.name, User::DECLARATION.name);
            break;
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_is_told_of_what_others_keep_beside_it() {
    let fresh = Fresh::shared().await;
    let here = fresh.store().await;
    let there = fresh.store().await;
    let tenant = crate::world::tenant(&here);
    let room = here.context().new_id();
    let ada = here.context().new_id();
    append(&tenant, sent(room, ada, "before")).await.unwrap();
    let mut hints = there.watch();
    let client = mongodb::Client::with_uri_str(fresh.options().uri)
        .await
        .unwrap();
    let foreign = client.database(&format!("beside_{}", here.context().new_object_id()));
    foreign
        .collection("entries")
        .insert_one(doc! { "seq": 1 })
        .await
        .unwrap();
    foreign
        .collection::<Document>("entries")
        .drop()
        .await
        .unwrap();
    foreign.drop().await.unwrap();
    append(&tenant, sent(room, ada, "behind")).await.unwrap();
    loop {
        let hint = hints.recv().await.unwrap();
        match &*hint {
            ChangeEvent::Lagged => panic!("the stream broke"),
            ChangeEvent::LogAppended { log, head: 2, .. } if *log == room.object_id() => break,
            _ => {}
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_node_that_does_not_watch_is_told_nothing() {
    let fresh = Fresh::shared().await;
    let engine = MongoEngine::connect(Options {
        watch: false,
        ..fresh.options()
    })
    .await
    .unwrap();
    assert!(engine.watch().is_none());
    // Such a store still works; it sees the writes of others only when it reads.
    let store = Store::new(engine, base::Context::system());
    let tenant = crate::world::tenant(&store);
    let room = store.context().new_id();
    let ada = store.context().new_id();
    assert!(append(&tenant, sent(room, ada, "hello")).await.is_ok());
}
