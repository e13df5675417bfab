//! An election rolls back writes that no majority has.

use std::time::Duration;

use mongodb::bson::{Bson, Document, doc, oid::ObjectId};
use mongodb::options::{Acknowledgment, WriteConcern};
use mongodb::{Client, Collection};
use store::{Collection as _, Isolation, Seq};
use store_conformance::{Entry, Room, User};
use testkit::mongod::ReplicaSet;

use crate::world::{Fresh, append, sent, tenant};

/// No record is numbered after a conflicting record that only the primary has: if that record is
/// rolled back, the log has no gap. The test fails if heads are read from the primary alone.
#[tokio::test(flavor = "multi_thread")]
async fn a_record_that_is_taken_back_leaves_no_hole() {
    let mut set = ReplicaSet::start(3).await.unwrap();
    // Long enough for the driver to retry the write at the next primary.
    let fresh = Fresh::on(&format!("{}&serverSelectionTimeoutMS=15000", set.uri()));
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let room = store.context().new_id::<Room>();
    let sender = store.context().new_id::<User>();
    // Appends through another node, so that this one has to read the head.
    let elsewhere = fresh.store().await.tenant(tenant.id(), Isolation::Shared);
    append(&elsewhere, sent(room, sender, "one")).await.unwrap();

    let primary = set.primary().await.unwrap();
    for secondary in (0..3).filter(|member| *member != primary) {
        set.kill(secondary).await.unwrap();
    }
    let records = stored(&set.uri(), &fresh.options().prefix).await;
    doubled(&records).await;
    let sending = tokio::spawn({
        let tenant = tenant.clone();
        async move { append(&tenant, sent(room, sender, "two")).await }
    });
    third_stands_or_never_will(&records).await;
    set.kill(primary).await.unwrap();
    for secondary in (0..3).filter(|member| *member != primary) {
        set.start_again(secondary).await.unwrap();
    }

    // The outcome is unknown at worst; the retry returns it.
    let _ = sending.await.unwrap();
    while append(&tenant, sent(room, sender, "two")).await.is_err() {}
    let log = tenant
        .list(Entry::by_seq.eq(Entry::room, room))
        .await
        .unwrap()
        .items;
    let numbers: Vec<_> = log
        .iter()
        .map(|entry| (entry.seq, entry.text.as_str()))
        .collect();
    assert_eq!(numbers, [(Seq::At(1), "one"), (Seq::At(2), "two")]);
}

/// Returns the collection of records as another process sees it that does not wait for a majority.
async fn stored(uri: &str, prefix: &str) -> Collection<Document> {
    let client = Client::with_uri_str(uri).await.unwrap();
    client
        .database(&format!("{prefix}_shared"))
        .collection(Entry::DECLARATION.name)
}

/// Writes the next record, like a conflicting writer that stops right afterwards.
async fn doubled(records: &Collection<Document>) {
    let mut record = records
        .find_one(doc! { "seq": 1_i64 })
        .await
        .unwrap()
        .unwrap();
    record.extend(doc! { "_id": ObjectId::new(), "seq": 2_i64, "client_id": "rival" });
    record.insert("sender", Bson::ObjectId(ObjectId::new()));
    let concern = WriteConcern::builder().w(Acknowledgment::Nodes(1)).build();
    records
        .insert_one(record)
        .write_concern(concern)
        .await
        .unwrap();
}

/// Waits until a third record is stored, or until the primary has noticed that it is alone and a
/// count takes more than a second.
async fn third_stands_or_never_will(records: &Collection<Document>) {
    while let Ok(count) =
        tokio::time::timeout(Duration::from_secs(1), records.count_documents(doc! {})).await
    {
        if count.is_ok_and(|count| count == 3) {
            return;
        }
    }
}
