use store::{CommitError, Isolation};
use tokio::task::JoinSet;

use crate::world::{World, join, members};

/// Fails if the writer takes one batch at a time.
#[tokio::test(flavor = "multi_thread")]
async fn what_waits_goes_into_one_sync() {
    let world = World::new();
    let store = world.store(4);
    let tenant = world.tenant(&store, Isolation::Shared);
    let mut writers = JoinSet::new();
    for _ in 0..500 {
        let tenant = tenant.clone();
        writers.spawn(async move { join(&tenant, "red", None).await });
    }
    writers
        .join_all()
        .await
        .into_iter()
        .for_each(|outcome| drop(outcome.unwrap()));
    let groups = store.stats().groups.get();
    let grouped = store.stats().grouped.get();
    assert_eq!((grouped, store.stats().commits.get()), (500, 500));
    assert!(groups < grouped, "{groups} groups for {grouped} batches");
    assert_eq!(members(&tenant, "red").await, 500);
}

#[tokio::test(flavor = "multi_thread")]
async fn of_equal_keys_in_one_group_one_stands() {
    let world = World::new();
    let store = world.store(4);
    let tenant = world.tenant(&store, Isolation::Shared);
    let mut writers = JoinSet::new();
    for number in 0..200 {
        let tenant = tenant.clone();
        writers
            .spawn(async move { join(&tenant, "red", Some(&format!("id-{}", number % 10))).await });
    }
    let (stood, refused): (Vec<_>, Vec<_>) = writers
        .join_all()
        .await
        .into_iter()
        .partition(Result::is_ok);
    assert_eq!(stood.len(), 10);
    for refusal in refused {
        assert!(
            matches!(
                refusal,
                Err(CommitError::Conflict {
                    write: 0,
                    index: "by_external_id"
                })
            ),
            "{refusal:?}"
        );
    }
    assert_eq!(members(&tenant, "red").await, 10);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_engines_write_one_file() {
    let world = World::new();
    let stores = [world.store(4), world.store(4)];
    let tenant = world.tenant(&stores[0], Isolation::Shared);
    let mut writers = JoinSet::new();
    for number in 0..200 {
        let tenant = stores[number % 2].tenant(tenant.id(), Isolation::Shared);
        writers.spawn(async move { join(&tenant, "red", Some(&number.to_string())).await });
    }
    writers
        .join_all()
        .await
        .into_iter()
        .for_each(|outcome| drop(outcome.unwrap()));
    assert_eq!(members(&tenant, "red").await, 200);
}
