use store::{CommitError, Isolation, ReadError};
use tokio::task::JoinSet;

use crate::world::{World, join, members};

#[tokio::test(flavor = "multi_thread")]
async fn what_waits_is_written_and_what_comes_later_is_refused() {
    let world = World::new();
    let store = world.store(4);
    let tenant = world.tenant(&store, Isolation::DedicatedCollections);
    join(&tenant, "red", None).await.unwrap();
    let mut writers = JoinSet::new();
    for _ in 0..200 {
        let tenant = tenant.clone();
        writers.spawn(async move { join(&tenant, "red", None).await });
    }
    let first = writers.join_next().await.unwrap();
    store.close().await;
    let outcomes = writers.join_all().await.into_iter().chain(first);
    let (stood, refused): (Vec<_>, Vec<_>) = outcomes.partition(Result::is_ok);
    assert!(
        refused
            .iter()
            .all(|refusal| matches!(refusal, Err(CommitError::Unavailable(_)))),
        "{refused:?}"
    );
    let id = stood[0].as_ref().unwrap().id;
    assert!(matches!(
        tenant.get(id).await,
        Err(ReadError::Unavailable(_))
    ));
    let again = world
        .store(4)
        .tenant(tenant.id(), Isolation::DedicatedCollections);
    assert_eq!(members(&again, "red").await, 1 + stood.len());
}

#[tokio::test]
async fn a_closed_file_leaves_no_log_behind() {
    let world = World::new();
    let store = world.store(4);
    join(&world.tenant(&store, Isolation::Shared), "red", None)
        .await
        .unwrap();
    assert!(world.folder.path().join("caas_shared.db-wal").exists());
    store.close().await;
    assert!(!world.folder.path().join("caas_shared.db-wal").exists());
}
