//! A run of records with writes beside them is one transaction.

use store::proof::{Entry, Person};
use store::{Append, Guard};
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
        let (tenant, id) = (tenant.clone(), ada.id);
        senders.spawn(async move {
            let writer = tenant.clone();
            let guard = Guard::new(move |_| {
                let mut batch = writer.batch();
                batch.increment(id, Person::points, 1, None);
                Ok(batch)
            });
            let (record, id) = (sent(room, id, &number.to_string()), tenant.context().new_id());
            tenant.append(room, Append { id, record, seen: 0, guard }).await
        });
    }
    assert!(senders.join_all().await.iter().all(Result::is_ok));
    assert_eq!(tenant.heads::<Entry>(&[room]).await.unwrap()[0].seq, 100);
    assert_eq!(tenant.get(ada.id).await.unwrap().unwrap().points, Some(100));
    let stats = store.stats();
    assert_eq!(stats.transaction_records.get(), 100);
    assert!(stats.transactions.get() < 100, "{stats:?}");
}
