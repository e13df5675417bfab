use mongodb::Client;
use mongodb::bson::oid::ObjectId;
use store::Collection as _;
use store_conformance::Entry;
use testkit::server::Namespace;

use super::*;
use crate::schema::migrate::{apply, steps};

/// Returns the verdict on a command over 200 records of one log.
async fn verdict_on(command: Document) -> String {
    let namespace = Namespace::shared().await;
    let client = Client::with_uri_str(namespace.uri()).await.unwrap();
    let database = client.database(&format!("{}_shared", namespace.prefix()));
    for step in steps(&database, "proof_entries", Entry::DECLARATION)
        .await
        .unwrap()
    {
        apply(&database, "proof_entries", step).await.unwrap();
    }
    let room = ObjectId::from_bytes([1; 12]);
    let entries = (1..=200i64)
        .map(|seq| doc! { "tenant_id": "t", "room": room, "seq": seq, "shown": seq % 2 == 0 });
    database
        .collection::<Document>("proof_entries")
        .insert_many(entries)
        .await
        .unwrap();
    let explained = database
        .run_command(explain(command.clone()))
        .await
        .unwrap();
    namespace.clear().await;
    assert!(!verdict::nothing_there(&explained));
    verdict::verdict(Entry::DECLARATION, &command, &explained)
}

fn find(filter: Document, hint: &str) -> Document {
    doc! { "find": "proof_entries", "filter": filter, "hint": hint, "limit": 5i64 }
}

#[tokio::test]
async fn a_filter_in_the_bounds_is_right() {
    let room = ObjectId::from_bytes([1; 12]);
    let filter = doc! { "tenant_id": "t", "room": room, "seq": { "$gt": 190i64 } };
    assert_eq!(verdict_on(find(filter, "by_seq")).await, "ok");
}

#[tokio::test]
async fn a_filter_that_only_the_tenant_serves_is_told() {
    let filter = doc! { "tenant_id": "t", "seq": { "$gt": 190i64 } };
    assert_eq!(
        verdict_on(find(filter, "by_shown")).await,
        "seq does not bound the index by_shown"
    );
}

#[tokio::test]
async fn sorting_and_scanning_are_told() {
    let mut sorted = find(
        doc! { "tenant_id": "t", "room": ObjectId::from_bytes([1; 12]) },
        "by_seq",
    );
    sorted.insert("sort", doc! { "text": 1 });
    assert_eq!(verdict_on(sorted).await, "a sort step");
    assert_eq!(
        verdict_on(doc! { "find": "proof_entries", "filter": { "text": "x" } }).await,
        "COLLSCAN"
    );
}

#[tokio::test]
async fn the_order_of_groups_is_no_sort_step() {
    let of_room = doc! { "$match": { "tenant_id": "t", "room": ObjectId::from_bytes([1; 12]) } };
    let group = doc! { "$group": { "_id": "$shown", "count": { "$sum": 1 } } };
    let order = doc! { "$sort": { "count": -1, "_id": 1 } };
    let other = doc! { "$sort": { "text": 1 } };
    let command = |pipeline: Vec<Document>| {
        doc! { "aggregate": "proof_entries", "pipeline": pipeline, "hint": "by_shown", "cursor": {} }
    };
    assert_eq!(
        verdict_on(command(vec![of_room.clone(), group.clone(), order])).await,
        "ok"
    );
    assert_eq!(
        verdict_on(command(vec![of_room, other, group])).await,
        "a sort step"
    );
}

#[tokio::test]
async fn a_fetch_of_what_the_index_holds_is_told() {
    let log =
        doc! { "tenant_id": "t", "room": ObjectId::from_bytes([1; 12]), "seq": { "$gt": 190i64 } };
    let showing = |fields: Document, log: &Document| {
        let mut command = find(log.clone(), "by_seq");
        command.insert("projection", fields);
        command
    };
    assert_eq!(
        verdict_on(showing(doc! { "_id": 0, "seq": 1 }, &log)).await,
        "ok"
    );
    assert_eq!(
        verdict_on(showing(doc! { "_id": 0, "seq": 1, "text": 1 }, &log)).await,
        "ok",
        "the document has it"
    );
    let mut alive = log;
    alive.insert("deleted_at", doc! { "$exists": false });
    let verdict = verdict_on(showing(doc! { "_id": 0, "seq": 1 }, &alive)).await;
    assert_eq!(verdict, "a fetch of what the index holds");
}

#[tokio::test]
async fn a_range_that_is_walked_for_little_is_told() {
    let filter = doc! { "tenant_id": "t", "room": ObjectId::from_bytes([1; 12]), "seq": { "$gt": 1i64 }, "deleted_at": 5 };
    assert_eq!(
        verdict_on(find(filter, "by_seq")).await,
        "199 keys and 199 documents examined for 0"
    );
}
