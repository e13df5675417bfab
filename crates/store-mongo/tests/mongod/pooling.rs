//! Concurrent inserts into one collection share commands.

use store::CommitError;
use store_conformance::{Entry, User};
use tokio::task::JoinSet;

use crate::world::{Fresh, append, person, sent, tenant};

#[tokio::test(flavor = "multi_thread")]
async fn single_inserts_share_commands_and_keep_their_own_outcomes() {
    let fresh = Fresh::shared().await;
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let mut writers = JoinSet::new();
    for number in 0..400 {
        let tenant = tenant.clone();
        writers.spawn(async move {
            let mut batch = tenant.batch();
            // Every name occurs twice.
            batch.insert(person(&format!("{}", number / 2)));
            tenant.commit(batch).await
        });
    }
    let outcomes = writers.join_all().await;
    let refused: Vec<_> = outcomes.into_iter().filter_map(Result::err).collect();
    assert_eq!(refused.len(), 200);
    assert!(refused.iter().all(|error| matches!(
        error,
        CommitError::Conflict {
            write: 0,
            index: "by_external_id"
        }
    )));
    assert_eq!(
        tenant
            .count(User::by_external_id.all(), 1_000)
            .await
            .unwrap(),
        200
    );
    let stats = store.stats();
    assert!(stats.grouped.get() > stats.groups.get(), "{stats:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn records_of_many_logs_share_commands() {
    let fresh = Fresh::shared().await;
    let store = fresh.store().await;
    let tenant = tenant(&store);
    let rooms: Vec<_> = (0..200).map(|_| store.context().new_id()).collect();
    let ada = store.context().new_id();
    let mut senders = JoinSet::new();
    for room in rooms.clone() {
        let tenant = tenant.clone();
        senders.spawn(async move { append(&tenant, sent(room, ada, "hello")).await });
    }
    assert!(senders.join_all().await.iter().all(Result::is_ok));
    let heads = tenant.heads::<Entry>(&rooms).await.unwrap();
    assert_eq!(heads.len(), 200);
    assert!(heads.iter().all(|head| head.seq == 1));
    let stats = store.stats();
    assert!(stats.grouped.get() > stats.groups.get(), "{stats:?}");
}
