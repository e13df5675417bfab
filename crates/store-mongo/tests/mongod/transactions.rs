//! A batch of records with additional writes is one transaction.

use base::Id;
use store::{Append, AppendError, Appended, Guard, Store, TenantStore};
use store_conformance::{Entry, User};
use tokio::task::JoinSet;

use crate::world::{Fresh, person, sent, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn waiting_records_with_writes_beside_them_are_one_transaction() {
    let fresh = Fresh::shared().await;
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let mut batch = tenant.batch();
    let ada = batch.insert(person("ada"));
    tenant.commit(batch).await.unwrap();
    let room = store.context().new_id();
    let mut senders = JoinSet::new();
    for number in 0..100 {
        let tenant = tenant.clone();
        senders.spawn(async move {
            send_and_count(&tenant, sent(room, ada.id, &number.to_string())).await
        });
    }
    assert!(senders.join_all().await.iter().all(Result::is_ok));
    assert_eq!(tenant.heads::<Entry>(&[room]).await.unwrap()[0].seq, 100);
    assert_eq!(tenant.get(ada.id).await.unwrap().unwrap().points, Some(100));
    let stats = store.stats();
    assert_eq!(stats.transaction_records.get(), 100);
    assert!(stats.transactions.get() < 100, "{stats:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn rivals_whose_transactions_meet_leave_no_hole_and_count_once() {
    let fresh = Fresh::shared().await;
    let here = fresh.store().await;
    let there = fresh.store().await;
    let tenant = tenant(&here);
    let mut batch = tenant.batch();
    let ada = batch.insert(person("ada"));
    tenant.commit(batch).await.unwrap();
    let room = here.context().new_id();
    let mut senders = JoinSet::new();
    for sender in 0..8 {
        let store: Store = if sender % 2 == 0 {
            here.clone()
        } else {
            there.clone()
        };
        let tenant = store.tenant(tenant.id(), store::Isolation::Shared);
        senders.spawn(async move {
            for number in 0..15 {
                send_and_count(&tenant, sent(room, ada.id, &format!("{sender} {number}")))
                    .await
                    .unwrap();
            }
        });
    }
    senders.join_all().await;
    let stored = tenant
        .list(Entry::by_seq.eq(Entry::room, room).limit(200))
        .await
        .unwrap()
        .items;
    assert!(stored.iter().map(|entry| entry.seq.get()).eq(1..=120));
    assert_eq!(tenant.get(ada.id).await.unwrap().unwrap().points, Some(120));
    assert!(
        here.stats().sequence_conflicts.get() + there.stats().sequence_conflicts.get() > 0,
        "the rivals never met"
    );
}

/// Appends a record and increments the points of its sender.
async fn send_and_count(
    tenant: &TenantStore,
    record: Entry,
) -> Result<Appended<Entry>, AppendError> {
    let writer = tenant.clone();
    let sender: Option<Id<User>> = record.sender;
    let guard = Guard::new(move |_| {
        let mut batch = writer.batch();
        sender
            .into_iter()
            .for_each(|sender| batch.increment(sender, User::points, 1, None));
        Ok(batch)
    });
    tenant
        .append(
            record.room,
            Append {
                id: tenant.context().new_id(),
                record,
                seen: Some(0),
                guard,
            },
        )
        .await
}
